# What operators need beside the guard: a dashboard of the region, alarms for each function, and saved queries.
#
#   terraform init && terraform apply -var 'functions=["orders", "api"]' -var alarm_topic=arn:aws:sns:...
#
# The functions' log groups, /aws/lambda/NAME, must exist: Lambda makes each with the first invocation.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.80" }
  }
}

variable "functions" {
  type        = set(string)
  description = "Names of the functions to have alarms for"
}

variable "alarm_topic" {
  type        = string
  default     = ""
  description = "ARN of the SNS topic that alarms tell; empty tells nobody"
}

data "aws_region" "current" {}

locals {
  actions = compact([var.alarm_topic])
  region  = data.aws_region.current.name

  # title => what is drawn
  widgets = {
    "Findings by function and rule"                 = "SEARCH('{LambdaGuard,FunctionName,Rule} MetricName=\"Findings\"', 'Sum', 300)"
    "Blocked by function and rule"                  = "SEARCH('{LambdaGuard,FunctionName,Rule} MetricName=\"Blocked\"', 'Sum', 300)"
    "Errors of the guard's own"                     = "SEARCH('Namespace=\"LambdaGuard/Errors\"', 'Sum', 300)"
    "Sandboxes in which the guard announced itself" = "SEARCH('Namespace=\"LambdaGuard/Attached\"', 'Sum', 3600)"
  }

  # Queries name no log group: choose those of the functions, or all of /aws/lambda, where they are run.
  queries = {
    "findings"                 = <<-EOT
      filter lambda_guard.kind = "finding"
      | stats count(*) as sandboxes, latest(lambda_guard.decision) as decision, latest(lambda_guard.message) as message,
          max(@timestamp) as last
        by lambda_guard.function, lambda_guard.rule, lambda_guard.issue, lambda_guard.target, lambda_guard.site.file,
          lambda_guard.site.line
      | sort last desc
    EOT
    "what enforce would block" = <<-EOT
      filter lambda_guard.kind = "finding" and lambda_guard.decision = "would_block"
      | stats count(*) as sandboxes, max(@timestamp) as last
        by lambda_guard.function, lambda_guard.rule, lambda_guard.target
      | sort lambda_guard.function asc
    EOT
    "blocked"                  = <<-EOT
      filter lambda_guard.kind = "finding" and lambda_guard.decision = "blocked"
      | fields @timestamp, lambda_guard.function, lambda_guard.rule, lambda_guard.target, lambda_guard.message,
          lambda_guard.swallowed, lambda_guard.request_id
      | sort @timestamp desc
    EOT
    "errors"                   = <<-EOT
      filter lambda_guard.kind = "error"
      | stats count(*) as sandboxes, max(@timestamp) as last
        by lambda_guard.function, lambda_guard.where, lambda_guard.type, lambda_guard.message
      | sort last desc
    EOT
    "modes"                    = <<-EOT
      filter lambda_guard.kind = "attached"
      | stats latest(lambda_guard.mode) as mode, latest(lambda_guard.way) as way,
          latest(lambda_guard.lambda_guard) as version, count(*) as sandboxes, max(@timestamp) as last
        by lambda_guard.function
      | sort lambda_guard.function asc
    EOT
  }
}

# A finding that is met again keeps the alarm on, so it tells of a finding where there was none.
resource "aws_cloudwatch_metric_alarm" "finding" {
  for_each            = var.functions
  alarm_name          = "lambda-guard-finding-${each.key}"
  alarm_description   = "lambda_guard found something in ${each.key}; the query lambda_guard/findings says what."
  namespace           = "LambdaGuard"
  metric_name         = "Findings"
  dimensions          = { FunctionName = each.key }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
}

resource "aws_cloudwatch_metric_alarm" "blocked" {
  for_each            = var.functions
  alarm_name          = "lambda-guard-blocked-${each.key}"
  alarm_description   = "lambda_guard, in enforce, blocked what ${each.key} did or refused its events. The way back: lambda-guard set ${each.key} mode=observe"
  namespace           = "LambdaGuard"
  metric_name         = "Blocked"
  dimensions          = { FunctionName = each.key }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
}

# A metric filter may have a default value or dimensions, not both: the metric has the function's name.
resource "aws_cloudwatch_log_metric_filter" "errors" {
  for_each       = var.functions
  name           = "lambda-guard-errors"
  log_group_name = "/aws/lambda/${each.key}"
  pattern        = "{ ($.lambda_guard.kind = \"error\") && ($.lambda_guard.type != \"UncoveredSDK\") }"
  metric_transformation {
    namespace     = "LambdaGuard/Errors"
    name          = each.key
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "error" {
  for_each            = var.functions
  alarm_name          = "lambda-guard-error-${each.key}"
  alarm_description   = "lambda_guard itself failed in ${each.key}; the query lambda_guard/errors says where."
  namespace           = "LambdaGuard/Errors"
  metric_name         = each.key
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
}

resource "aws_cloudwatch_log_metric_filter" "attached" {
  for_each       = var.functions
  name           = "lambda-guard-attached"
  log_group_name = "/aws/lambda/${each.key}"
  pattern        = "{ $.lambda_guard.kind = \"attached\" }"
  metric_transformation {
    namespace     = "LambdaGuard/Attached"
    name          = each.key
    value         = "1"
    default_value = "0"
  }
}

# The guard announces itself once in each sandbox, and no sandbox of a function that is invoked lives for a day.
resource "aws_cloudwatch_metric_alarm" "silent" {
  for_each            = var.functions
  alarm_name          = "lambda-guard-silent-${each.key}"
  alarm_description   = "${each.key} was invoked for a day without a word of lambda_guard: has a deployment taken the layer off? lambda-guard status ${each.key}"
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.actions
  metric_query {
    id          = "silent"
    label       = "invoked and not announced"
    expression  = "IF(invocations > 0 AND FILL(attached, 0) == 0, 1, 0)"
    return_data = true
  }
  metric_query {
    id = "invocations"
    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions  = { FunctionName = each.key }
      stat        = "Sum"
      period      = 86400
    }
  }
  metric_query {
    id = "attached"
    metric {
      namespace   = "LambdaGuard/Attached"
      metric_name = each.key
      stat        = "Sum"
      period      = 86400
    }
  }
}

resource "aws_cloudwatch_dashboard" "lambda_guard" {
  dashboard_name = "lambda-guard-${local.region}"
  dashboard_body = jsonencode({
    widgets = [
      for title, expression in local.widgets : {
        type   = "metric"
        width  = 12
        height = 6
        properties = {
          title   = title
          region  = local.region
          view    = "timeSeries"
          metrics = [[{ expression = expression }]]
        }
      }
    ]
  })
}

resource "aws_cloudwatch_query_definition" "lambda_guard" {
  for_each     = local.queries
  name         = "lambda_guard/${each.key}"
  query_string = each.value
}
