# A module: one guarded function. The layer is published once, in the root module or by `lambda-guard attach`, and given
# by its ARN; everything else of a function stays where it was.
#
#   module "orders" {
#     source        = "./guarded_function"
#     function_name = "orders-staging"
#     filename      = "build/orders.zip"
#     handler       = "app.handler"
#     runtime       = "python3.13"
#     role_arn      = aws_iam_role.orders.arn
#     guard_layer   = aws_lambda_layer_version.lambda_guard.arn
#     guard_mode    = "observe"
#     environment   = { ORDERS_TABLE = aws_dynamodb_table.orders.name }
#   }

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.80" }
  }
}

variable "function_name" {
  type = string
}

variable "filename" {
  type        = string
  description = "The function's zip"
}

variable "handler" {
  type    = string
  default = "app.handler"
}

variable "runtime" {
  type    = string
  default = "python3.13"
  validation {
    condition     = contains(["python3.11", "python3.12", "python3.13", "python3.14"], var.runtime)
    error_message = "The guard runs on python3.11 to python3.14."
  }
}

variable "role_arn" {
  type = string
}

variable "memory_size" {
  type    = number
  default = 256
}

variable "timeout" {
  type    = number
  default = 10
}

variable "environment" {
  type        = map(string)
  default     = {}
  description = "The function's own variables"
}

variable "layers" {
  type        = list(string)
  default     = []
  description = "The function's own layers; four at most"
  validation {
    condition     = length(var.layers) < 5
    error_message = "A function has five layers at most, and the guard's is one."
  }
}

variable "guard_layer" {
  type        = string
  description = "ARN of a version of the guard's layer, in the function's region"
}

variable "guard_mode" {
  type    = string
  default = "observe"
  validation {
    condition     = contains(["off", "observe", "enforce"], var.guard_mode)
    error_message = "The mode is off, observe or enforce."
  }
}

variable "guard_settings" {
  type        = map(string)
  default     = {}
  description = "More settings by name, such as { direct_invoke = \"enforce\" }"
}

locals {
  settings = { for name, value in var.guard_settings : "LAMBDA_GUARD_${upper(name)}" => value }
}

resource "aws_lambda_function" "this" {
  function_name    = var.function_name
  role             = var.role_arn
  runtime          = var.runtime
  handler          = var.handler
  memory_size      = var.memory_size
  timeout          = var.timeout
  filename         = var.filename
  source_code_hash = filebase64sha256(var.filename)

  # The function's own layers come first: the guard's is looked for last, and hides nothing of theirs.
  layers = concat(var.layers, [var.guard_layer])
  environment {
    variables = merge(var.environment, { LAMBDA_GUARD_MODE = var.guard_mode }, local.settings)
  }
}

output "arn" {
  value = aws_lambda_function.this.arn
}

output "name" {
  value = aws_lambda_function.this.function_name
}

output "invoke_arn" {
  value = aws_lambda_function.this.invoke_arn
}
