# The layer attached with Terraform: it observes in staging and enforces in production.
#
#   make layer    (in the project's folder: writes dist/lambda-guard-layer.zip)
#   terraform init && terraform apply -var stage=staging -var issuer=https://... -var audience=...

terraform {
  required_version = ">= 1.5"
  required_providers {
    archive = { source = "hashicorp/archive", version = "~> 2.4" }
    aws     = { source = "hashicorp/aws", version = ">= 5.80" }
  }
}

variable "stage" {
  type    = string
  default = "staging"
  validation {
    condition     = contains(["staging", "production"], var.stage)
    error_message = "The stage is staging or production."
  }
}

variable "issuer" {
  type        = string
  description = "Who issues the tokens, such as https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
}

variable "audience" {
  type        = string
  description = "Whom the tokens are for, such as the id of the app client"
}

locals {
  guard_mode = { staging = "observe", production = "enforce" }[var.stage]
  layer_zip  = "${path.module}/../../../dist/lambda-guard-layer.zip"

  # function => its own environment.
  functions = {
    api = {
      ORDERS_TABLE = aws_dynamodb_table.orders.name
    }
    orders = {
      ORDERS_TABLE       = aws_dynamodb_table.orders.name
      STOCK_LEVELS_TABLE = aws_dynamodb_table.stock_levels.name
    }
  }
}

resource "aws_lambda_layer_version" "lambda_guard" {
  layer_name               = "lambda-guard"
  filename                 = local.layer_zip
  source_code_hash         = filebase64sha256(local.layer_zip)
  compatible_runtimes      = ["python3.11", "python3.12", "python3.13", "python3.14"]
  compatible_architectures = ["x86_64", "arm64"]
}

data "archive_file" "function" {
  for_each    = local.functions
  type        = "zip"
  source_dir  = "${path.module}/../shop/${each.key}"
  output_path = "${path.module}/build/${each.key}.zip"
}

resource "aws_lambda_function" "function" {
  for_each         = local.functions
  function_name    = "shop-${each.key}-${var.stage}"
  role             = aws_iam_role.function[each.key].arn
  runtime          = "python3.13"
  handler          = "app.handler"
  memory_size      = 256
  timeout          = 10
  filename         = data.archive_file.function[each.key].output_path
  source_code_hash = data.archive_file.function[each.key].output_base64sha256

  # These two settings are all that the guard needs; nothing in the functions changes.
  layers = [aws_lambda_layer_version.lambda_guard.arn]
  environment {
    variables = merge(each.value, { LAMBDA_GUARD_MODE = local.guard_mode })
  }
}

# Roles. Their policies are in orders.tf and api.tf, as `lambda-guard suggest --format terraform --attach` writes them
# from what the functions were seen to do in staging, with a --name for each table, queue and role here.

data "aws_iam_policy_document" "lambda_assumes" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each           = local.functions
  name               = "shop-${each.key}-${var.stage}"
  assume_role_policy = data.aws_iam_policy_document.lambda_assumes.json
}

resource "aws_iam_role_policy_attachment" "logs" {
  for_each   = local.functions
  role       = aws_iam_role.function[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

# The HTTP API: everything but the health check behind its authorizer.

resource "aws_apigatewayv2_api" "shop" {
  name          = "shop-${var.stage}"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.shop.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  api_id           = aws_apigatewayv2_api.shop.id
  name             = "tokens"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    issuer   = var.issuer
    audience = [var.audience]
  }
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.shop.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.function["api"].invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "orders" {
  api_id             = aws_apigatewayv2_api.shop.id
  route_key          = "GET /orders"
  target             = "integrations/${aws_apigatewayv2_integration.api.id}"
  authorization_type = "JWT"
  authorizer_id      = aws_apigatewayv2_authorizer.tokens.id
}

resource "aws_apigatewayv2_route" "health" {
  api_id    = aws_apigatewayv2_api.shop.id
  route_key = "GET /health"
  target    = "integrations/${aws_apigatewayv2_integration.api.id}"
}

resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["api"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.shop.execution_arn}/*"
}

# The queue and the tables.

resource "aws_sqs_queue" "orders" {
  name                       = "shop-orders-${var.stage}"
  visibility_timeout_seconds = 60
}

resource "aws_lambda_event_source_mapping" "orders" {
  event_source_arn        = aws_sqs_queue.orders.arn
  function_name           = aws_lambda_function.function["orders"].arn
  function_response_types = ["ReportBatchItemFailures"]
  depends_on              = [aws_iam_role_policy_attachment.orders]
}

resource "aws_dynamodb_table" "orders" {
  name         = "shop-orders-${var.stage}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }
  attribute {
    name = "customer"
    type = "S"
  }
  global_secondary_index {
    name            = "by-customer"
    hash_key        = "customer"
    projection_type = "ALL"
  }
}

resource "aws_dynamodb_table" "stock_levels" {
  name         = "shop-stock-levels-${var.stage}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "sku"

  attribute {
    name = "sku"
    type = "S"
  }
}

output "url" {
  value = aws_apigatewayv2_stage.default.invoke_url
}
