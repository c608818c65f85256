"""Templates of SAM, CloudFormation, the Serverless Framework and Terraform's plans, read as one kind of resources."""
