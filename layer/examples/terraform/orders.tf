data "aws_iam_policy_document" "orders" {
  statement {
    sid    = "DynamodbTableFunctionOrders"
    effect = "Allow"
    actions = [
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    ]
    resources = [aws_dynamodb_table.orders.arn]
  }

  statement {
    sid       = "DynamodbTableFunctionOrdersIndexByCustomer"
    effect    = "Allow"
    actions   = ["dynamodb:Query"]
    resources = ["${aws_dynamodb_table.orders.arn}/index/by-customer"]
  }

  statement {
    sid    = "DynamodbTableStockLevels"
    effect = "Allow"
    actions = [
      "dynamodb:PartiQLSelect",
      "dynamodb:UpdateItem",
    ]
    resources = [aws_dynamodb_table.stock_levels.arn]
  }

  statement {
    sid    = "SqsFunctionOrders"
    effect = "Allow"
    actions = [
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ]
    resources = [aws_sqs_queue.orders.arn]
  }
}

resource "aws_iam_policy" "orders" {
  name   = "orders-used"
  policy = data.aws_iam_policy_document.orders.json
}

resource "aws_iam_role_policy_attachment" "orders" {
  role       = aws_iam_role.function["orders"].name
  policy_arn = aws_iam_policy.orders.arn
}
