data "aws_iam_policy_document" "api" {
  statement {
    sid       = "DynamodbTableOrdersIndexByCustomer"
    effect    = "Allow"
    actions   = ["dynamodb:Query"]
    resources = ["${aws_dynamodb_table.orders.arn}/index/by-customer"]
  }
}

resource "aws_iam_policy" "api" {
  name   = "api-used"
  policy = data.aws_iam_policy_document.api.json
}

resource "aws_iam_role_policy_attachment" "api" {
  role       = aws_iam_role.function["api"].name
  policy_arn = aws_iam_policy.api.arn
}
