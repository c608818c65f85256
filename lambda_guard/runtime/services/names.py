"""Which parameters of AWS's services name resources, and which change what IAM asks for: see `named` for the words.

Data alone. Not in it: object keys, messages, values of parameters and secrets, people's names and addresses,
statements, tokens, and ids that are made anew with each call. Held against botocore's models by
`tests/runtime/services/test_names.py`.
"""

# ruff: noqa: E501 - a path is one word

from __future__ import annotations

TABLE = {
    "acm": "CertificateArn ?Tags",
    "acm-pca": "CertificateAuthorityArn ResourceArn CertificateArn TemplateArn",
    "amp": "workspaceId logGroupArn kmsKeyArn anomalyDetectorId scraperId resourceArn",
    "amplify": (
        "computeRoleArn iamServiceRoleArn appId branchName backendEnvironmentArn domainName webhookId resourceArn"
    ),
    "apigateway": (
        "restApiId=rest-api providerARNs certificateArn regionalCertificateArn ownershipVerificationCertificateArn "
        "domainNameArn targetArns domainNameAccessAssociationArn resourceArn"
    ),
    "apigatewayv2": (
        "ApiId StageName CredentialsArn AuthorizerCredentialsArn IncludedPortalProductArns PortalProductId DomainName "
        "PortalId ProductPageId ProductRestEndpointPageId RoutingRuleId ResourceArn"
    ),
    "appconfig": (
        "ApplicationId RetrievalRoleArn ApplicationIdentifier ConfigurationProfileId DeploymentStrategyId "
        "EnvironmentId ExperimentDefinitionIdentifier ExtensionIdentifier ExtensionAssociationId "
        "Application Environment ResourceArn"
    ),
    "appconfigdata": "ConfigurationProfileIdentifier EnvironmentIdentifier ApplicationIdentifier",
    "application-autoscaling": "ResourceId ResourceARN RoleARN",
    "appmesh": (
        "gatewayRouteName meshName virtualGatewayName routeName virtualRouterName virtualNodeName "
        "virtualServiceName resourceArn"
    ),
    "apprunner": (
        "ServiceArn AutoScalingConfigurationName ConnectionName ObservabilityConfigurationName ServiceName "
        "AutoScalingConfigurationArn VpcConnectorName VpcIngressConnectionName ConnectionArn "
        "ObservabilityConfigurationArn VpcConnectorArn VpcIngressConnectionArn ResourceArn"
    ),
    "appsync": "domainName apiId serviceRoleArn certificateArn mergedApiExecutionRoleArn resourceArn",
    "athena": (
        "WorkGroup Name=name CatalogName=data-catalog CapacityReservationName "
        "ResourceARN ResultConfiguration.OutputLocation~bucket=bucket ?Tags"
    ),
    "autoscaling": (
        "AutoScalingGroupName AutoScalingGroupNames LaunchConfigurationName RoleARN ServiceLinkedRoleARN=role"
    ),
    "backup": (
        "BackupVaultName MpaApprovalTeamArn LegalHoldId RecoveryPointArn BackupPlanId EncryptionKeyArn "
        "FrameworkName ReportPlanName SourceBackupVaultArn RestoreTestingPlanName AccessPointArn "
        "TieringConfigurationName ResourceArn ByResourceArn ByDestinationVaultArn BySourceRecoveryPointArn "
        "SourceResourceArn ByParentRecoveryPointArn ByRestoreTestingPlanArn ByRecoveryPointArn SNSTopicArn "
        "RestoreAccessBackupVaultArn LogicallyAirGappedBackupVaultArn IamRoleArn DestinationBackupVaultArn "
        "ScanBaseRecoveryPointArn ScannerRoleArn"
    ),
    "batch": (
        "jobQueue jobDefinition computeEnvironment jobQueueName jobDefinitionName computeEnvironmentName "
        "schedulingPolicyArn resourceArn ?tags"
    ),
    "bedrock": (
        "policyArn encryptionKeyArn modelKmsKeyArn roleArn modelArn guardrailIdentifier "
        "inferenceProfileName sourceModelArn customModelName jobName customModelDeploymentIdentifier "
        "endpointArn promptRouterArn provisionedModelId resourceArn inferenceProfileIdentifier jobArn "
        "jobIdentifier resourceARN"
    ),
    "bedrock-agent": (
        "agentId knowledgeBaseId agentResourceRoleArn customerEncryptionKeyArn executionRoleArn "
        "flowIdentifier roleArn promptIdentifier retrievalInstructionId agentAliasId promptVersion "
        "resourceArn agentName agentAliasName"
    ),
    "bedrock-agent-runtime": (
        "agentAliasId agentId flowAliasIdentifier flowIdentifier knowledgeBaseId sourceArn "
        "retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.knowledgeBaseId "
        "retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.modelArn "
        "retrieveAndGenerateConfiguration.knowledgeBaseConfiguration.generationConfiguration.guardrailConfiguration.guardrailId=guardrail "
        "retrieveAndGenerateConfiguration.externalSourcesConfiguration.modelArn "
        "retrieveAndGenerateConfiguration.externalSourcesConfiguration.generationConfiguration.guardrailConfiguration.guardrailId=guardrail "
        "retrievalConfiguration.vectorSearchConfiguration.rerankingConfiguration.bedrockRerankingConfiguration.modelConfiguration.modelArn=rerank-model "
        "rerankingConfiguration.bedrockRerankingConfiguration.modelConfiguration.modelArn=model "
        "guardrailConfiguration.guardrailId=guardrail"
    ),
    "bedrock-agentcore": (
        "memoryId gatewayArn roleArn paymentManagerArn abTestId batchEvaluationId capacityProviderId "
        "recommendationId evaluatorId agentRuntimeArn browserIdentifier codeInterpreterIdentifier "
        "harnessArn registryIds kmsKeyArn"
    ),
    "bedrock-runtime": (
        "modelId guardrailIdentifier guardrailConfig.guardrailIdentifier "
        "invocationArn~generated=async-invoke outputDataConfig.s3OutputDataConfig.s3Uri~bucket=bucket"
    ),
    "budgets": "BudgetName ExecutionRoleArn ActionId ResourceARN",
    "ce": "MonitorArn SubscriptionArn CostCategoryArn BillingViewArn ResourceArn",
    "cloudformation": "ChangeSetName StackName StackSetName RoleARN TypeArn ?Tags",
    "cloudfront": (
        "Id WebACLArn DistributionId Name ARN ResourceArn DistributionTenantId CertificateArn "
        "ConnectionFunctionIdentifier RealtimeLogConfigArn TrustStoreIdentifier"
    ),
    "cloudtrail": (
        "EventDataStore CloudWatchLogsLogGroupArn CloudWatchLogsRoleArn Channel DashboardId ResourceArn "
        "FederationRoleArn TrailName"
    ),
    "cloudwatch": "AlarmName AlarmNames DashboardName DashboardNames ResourceARN Name=name RoleArn ?Tags",
    "codebuild": "reportGroupArns reportArns projectName resourceArn reportArn reportGroupArn projectArn",
    "codecommit": "repositoryName repositoryNames resourceArn",
    "codedeploy": (
        "instanceNames applicationName applicationNames deploymentGroupNames deploymentGroupName "
        "deploymentConfigName serviceRoleArn instanceName ResourceArn iamSessionArn iamUserArn"
    ),
    "codepipeline": "actionName stageName pipelineName name=pipeline webhookName resourceArn",
    "cognito-identity": "IdentityPoolId IdentityPoolName ResourceArn",
    "cognito-idp": "UserPoolId ResourceArn RoleArn",
    "comprehend": (
        "EndpointArn FlywheelArn DocumentClassifierName DataAccessRoleArn ModelArn FlywheelName "
        "ActiveModelArn DocumentClassifierArn EntityRecognizerArn ResourceArn DatasetArn JobId "
        "SourceModelArn JobName DesiredModelArn DesiredDataAccessRoleArn"
    ),
    "config": (
        "ConfigurationRecorderArn ConfigurationAggregatorName ConfigRuleName ConfigurationRecorderName "
        "ConformancePackName Arn OrganizationConfigRuleName OrganizationConformancePackName "
        "ConfigurationRecorderNames ConformancePackNames ResourceArn ConnectorArn ConfigRuleNames"
    ),
    "connect": (
        "InstanceId EvaluationFormId FunctionArn ContactFlowId QueueId QuickConnectIds RoutingProfileId "
        "EntityArn TrafficDistributionGroupId WorkspaceId ResourceArns DataTableId AssociatedResourceArn "
        "TargetArn ContactFlowModuleId HoursOfOperationId IntegrationArn PinpointAppArn SecurityProfileName "
        "IntegrationAssociationId SecurityProfileIds HierarchyGroupId ViewId VocabularyName ResourceArn "
        "EvaluationId ExtractionDefinitionId MetricId PromptId QuickConnectId RuleId SecurityProfileId "
        "TaskTemplateId UseCaseId VocabularyId AgentStatusId AuthenticationProfileId SourcePhoneNumberArn "
        "resourceArn FileName ProcessorArn"
    ),
    "databrew": "EncryptionKeyArn RoleArn TargetArn ResourceArn",
    "datasync": (
        "TaskExecutionArn SubnetArns SecurityGroupArns AgentArns EfsFilesystemArn AccessPointArn "
        "FileSystemAccessRoleArn FsxFilesystemArn StorageVirtualMachineArn S3BucketArn SourceLocationArn "
        "DestinationLocationArn CloudWatchLogGroupArn AgentArn LocationArn TaskArn ResourceArn"
    ),
    "dms": (
        "ResourceArn ReplicationInstanceArn MigrationProjectIdentifier ReplicationTaskAssessmentRunArn "
        "ServiceAccessRoleArn EndpointIdentifier CertificateArn SnsTopicArn KmsKeyArn "
        "InstanceProfileIdentifier SourceEndpointArn TargetEndpointArn ReplicationInstanceIdentifier "
        "ReplicationSubnetGroupIdentifier EndpointArn DataMigrationIdentifier DataProviderIdentifier "
        "ReplicationConfigArn ReplicationTaskArn CertificateIdentifier DataMigrationName "
        "ReplicationConfigIdentifier ReplicationTaskIdentifier TargetReplicationInstanceArn ResultKmsKeyArn"
    ),
    "docdb": "DBClusterIdentifier DBClusterSnapshotIdentifier SubscriptionName GlobalClusterIdentifier DBInstanceIdentifier SnsTopicArn SnapshotIdentifier",
    "ds": "DirectoryId SecretArn PcaConnectorArn",
    "dsql": "clusterIdentifier identifier streamIdentifier resourceArn",
    "ec2": (
        "CapacityReservationId TransitGatewayAttachmentId TransitGatewayMulticastDomainId "
        "VpcPeeringConnectionId IpamPoolId OutpostArn ClientVpnEndpointId VpcId SecurityGroupIds "
        "NetworkInterfaceId~short-id NatGatewayId AllocationId~short-id InstanceId~short-id "
        "ApplicationStatusCheckId InstanceIds~short-id SubnetId DhcpOptionsId CertificateArn RoleArn "
        "InstanceEventWindowId IpamId IpamResourceDiscoveryId AllocationIds~short-id RouteServerId "
        "RouteTableId SubnetIds TransitGatewayPolicyTableId TransitGatewayRouteTableId ImageId "
        "InternetGatewayId VerifiedAccessInstanceId VerifiedAccessTrustProviderId VolumeId~short-id "
        "VpnGatewayId IpamInternetRegistryAssociationId CapacityReservationFleetIds ExportTaskId "
        "SpotFleetRequestIds SpotInstanceRequestIds~short-id DestinationOutpostArn PlacementGroupArn "
        "ServerCertificateArn CoipPoolId LocalGatewayRouteTableId DeliverLogsPermissionArn IpamScopeId "
        "IpamPrefixListResolverId LaunchTemplateName LaunchTemplateId LocalGatewayVirtualInterfaceGroupId "
        "LocalGatewayId OutpostLagId PrefixListName NetworkAclId SnapshotId~short-id CoreNetworkArn "
        "OdbNetworkArn RouteServerEndpointId SecondaryNetworkId TrafficMirrorFilterId TrafficMirrorTargetId "
        "NetworkLoadBalancerArn TransitGatewayId TransitGatewayMeteringPolicyId PrefixListId "
        "VerifiedAccessGroupId DomainCertificateArn RouteTableIds ServiceNetworkArn "
        "ResourceConfigurationArn VpcEndpointId ConnectionNotificationArn NetworkLoadBalancerArns "
        "GatewayLoadBalancerArns CustomerGatewayId VpnConcentratorId VpnConnectionId "
        "CapacityManagerDataExportId CarrierGatewayId EgressOnlyInternetGatewayId FleetIds FpgaImageId "
        "InstanceConnectEndpointId IpamExternalResourceVerificationTokenId IpamPolicyId "
        "IpamPrefixListResolverTargetId KeyPairId LocalGatewayRouteTableVirtualInterfaceGroupAssociationId "
        "LocalGatewayRouteTableVpcAssociationId LocalGatewayVirtualInterfaceId NetworkInsightsAccessScopeId "
        "NetworkInsightsAccessScopeAnalysisId NetworkInsightsAnalysisId NetworkInsightsPathId "
        "ReservedInstancesIds RouteServerPeerId SecondarySubnetId TrafficMirrorFilterRuleId "
        "TrafficMirrorSessionId TransitGatewayConnectPeerId TransitGatewayRouteTableAnnouncementId "
        "VerifiedAccessEndpointId VpcEncryptionControlId VpcEndpointIds NetworkInterfaceIds~short-id "
        "FleetId PrincipalArn SpotFleetRequestId IpamResourceDiscoveryAssociationId "
        "ConfigDeliveryS3DestinationArn VpnConnectionDeviceTypeId CapacityReservationFleetId "
        "OrganizationArns OrganizationalUnitArns HostResourceGroupArn IpamPoolAllocationId "
        "AddNetworkLoadBalancerArns RemoveNetworkLoadBalancerArns AddGatewayLoadBalancerArns "
        "RemoveGatewayLoadBalancerArns FilterInArns FilterOutArns Resources~short-id=resource "
        "VolumeIds~short-id SnapshotIds~short-id GroupId=security-group GroupIds=security-group "
        "GroupName=security-group-name ?TagSpecifications IamInstanceProfile.Arn=instance-profile "
        "KeyName=key-pair"
    ),
    "ecr": "repositoryName repositoryNames credentialArn customRoleArn principalArn resourceArn",
    "ecs": (
        "services=service service serviceName=service cluster clusterName clusters=cluster taskDefinition "
        "family=task-definition capacityProvider containerInstance taskSet overrides.taskRoleArn=role "
        "overrides.executionRoleArn=execution-role taskRoleArn=role executionRoleArn=execution-role "
        "resourceArn ?tags"
    ),
    "efs": "FileSystemId AccessPointId",
    "eks": (
        "clusterName principalArn policyArn serviceAccountRoleArn roleArn podExecutionRoleArn targetRoleArn "
        "addonName capabilityName fargateProfileName nodegroupName associatedPolicyArn resourceArn"
    ),
    "elasticache": (
        "CacheSecurityGroupName ReplicationGroupIds CacheClusterIds ReplicationGroupId CacheClusterId "
        "CacheParameterGroupName CacheSubnetGroupName CacheSecurityGroupNames SecurityGroupIds SnapshotArns "
        "SnapshotName NotificationTopicArn PreferredOutpostArn PreferredOutpostArns "
        "GlobalReplicationGroupId UserGroupIds ServerlessCacheName UserGroupId ServerlessCacheSnapshotName "
        "ReservedCacheNodeId"
    ),
    "elasticbeanstalk": (
        "EnvironmentId EnvironmentName ApplicationName VersionLabel TemplateName PlatformArn PlatformName "
        "ApplicationNames SolutionStackName EnvironmentIds EnvironmentNames ResourceArn"
    ),
    "elb": "LoadBalancerNames LoadBalancerName",
    "elbv2": (
        "ListenerArn ResourceArns TrustStoreArn LoadBalancerArn RuleArn ResourceArn TargetGroupArn "
        "ListenerArns LoadBalancerArns RuleArns TargetGroupArns TrustStoreArns"
    ),
    "emr": (
        "ClusterId ExecutionRoleArn TargetResourceArn IdcInstanceArn EncryptionKeyArn StudioId "
        "SessionPolicyArn NotebookExecutionId StepExecutionRoleArn EditorId"
    ),
    "emr-serverless": "applicationId jobRunId resourceArn executionRoleArn",
    "es": "ARN DomainName DomainArn DomainNames",
    "events": (
        "Entries.EventBusName|default=event-bus EventBusName=event-bus Rule Name ArchiveName ReplayName "
        "ResourceARN RoleArn Targets.RoleArn=role ?Tags"
    ),
    "firehose": "DeliveryStreamName ?Tags",
    "fis": "roleArn experimentTemplateId id experimentId resourceArn",
    "forecast": (
        "ReferencePredictorArn DatasetName DatasetGroupName DatasetArns DatasetImportJobName DatasetArn "
        "ResourceArn ExplainabilityArn PredictorArn ForecastArn AlgorithmArn WhatIfAnalysisArn "
        "WhatIfForecastArns DatasetGroupArn DatasetImportJobArn ExplainabilityExportArn "
        "ForecastExportJobArn MonitorArn PredictorBacktestExportJobArn WhatIfForecastArn "
        "WhatIfForecastExportArn"
    ),
    "fsx": (
        "FileSystemId TaskId VolumeId SourceSnapshotARN BackupId AssociationId FileCacheId SnapshotId "
        "StorageVirtualMachineId ResourceARN"
    ),
    "glue": (
        "TableName TableInput.Name=table Name DatabaseName DatabaseInput.Name=database CatalogId JobName "
        "JobNames CrawlerName CrawlerNames WorkflowName=workflow TriggerNames RegistryName "
        "SchemaName ConnectionName BlueprintName RoleArn Role DevEndpointNames TransformId "
        "Ruleset RulesetNames ResourceArn ?Tags SchemaId.SchemaName SchemaId.RegistryName "
        "SchemaId.SchemaArn RegistryId.RegistryName RegistryId.RegistryArn"
    ),
    "guardduty": (
        "DetectorId RuleId AssociationId FilterName IpSetId MalwareProtectionPlanId ThreatEntitySetId "
        "ThreatIntelSetId TrustedEntitySetId ResourceArn"
    ),
    "healthlake": "ProfileId DatastoreId ResourceARN DatastoreName DataAccessRoleArn",
    "iam": (
        "DelegationRequestId TemplateArn OpenIDConnectProviderArn InstanceProfileName GroupName PolicyArn "
        "RoleName UserName PolicyName SAMLProviderArn ServerCertificateName EntityPath Arn PolicySourceArn "
        "EntityArn ResourceArns CallerArn"
    ),
    "imagebuilder": (
        "imageBuildVersionArn lifecycleExecutionId imageRecipeArn containerRecipeArn "
        "distributionConfigurationArn infrastructureConfigurationArn snsTopicArn componentBuildVersionArn "
        "imagePipelineArn lifecyclePolicyArn workflowBuildVersionArn componentArn imageArn resourceArn "
        "workflowExecutionId componentVersionArn imageVersionArn workflowVersionArn"
    ),
    "inspector2": (
        "findingArns scanConfigurationArn integrationArn connectorArn scanArn awsConfigConnectorArns "
        "resourceArn awsConfigConnectorArn filterArn"
    ),
    "iot": (
        "certificateId billingGroupName billingGroupArn thingName thingArn thingGroupName thingGroupArn "
        "packageName versionName jobId securityProfileName securityProfileTargetArn authorizerName "
        "authorizerFunctionArn certificateProviderName lambdaFunctionArn commandId roleArn metricName "
        "domainConfigurationName serverCertificateArns validationCertificateArn indexName jobTemplateArn "
        "jobTemplateId jobArn otaUpdateId policyName provisioningRoleArn roleAlias scheduledAuditName "
        "streamId thingTypeName ruleName targetArn commandArn dimensionName resourceArn kmsKeyArn "
        "kmsAccessRoleArn"
    ),
    "iot-data": "shadowName thingName topic",
    "iot-jobs-data": "jobId thingName targetArn commandArn",
    "ivs": (
        "recordingConfigurationArn playbackRestrictionPolicyArn adConfigurationArn channelArn "
        "filterByRecordingConfigurationArn filterByPlaybackRestrictionPolicyArn filterByAdConfigurationArn "
        "resourceArn"
    ),
    "kafka": (
        "ClusterArn ClusterName ReplicatorName ServiceExecutionRoleArn TopicName TargetClusterArn "
        "ChannelArn Arn ReplicatorArn ClusterOperationArn ResourceArn VpcConnectionArn "
        "SourceKafkaClusterArn TargetKafkaClusterArn"
    ),
    "kafkaconnect": (
        "serviceExecutionRoleArn connectorArn customPluginArn workerConfigurationArn connectorOperationArn resourceArn"
    ),
    "kendra": (
        "IndexId FeaturedResultsSetIds RoleArn DataSourceId FeaturedResultsSetId ResourceARN FeaturedResultsSetName"
    ),
    "keyspaces": "resourceArn",
    "kinesis": "StreamName StreamARN ConsumerARN ConsumerName ResourceARN KeyId=key ?Tags",
    "kinesis-video-media": "StreamName StreamARN",
    "kinesisvideo": "StreamName StreamARN ChannelName ChannelARN ResourceARN",
    "kms": "KeyId TargetKeyId=key SourceKeyId DestinationKeyId AliasName=alias ?Tags",
    "lakeformation": "RoleArn PrincipalArn InstanceArn ResourceArn TableArn",
    "lambda": (
        "FunctionName Qualifier Updates.ChainedInvokeOptions.FunctionName=function "
        "DurableExecutionArn~durable LayerName VersionNumber~number=layer-version Arn=layer-arn "
        "UUID=event-source-mapping EventSourceArn CodeSigningConfigArn CapacityProviderName "
        "Resource=resource Role ?Tags ?InvocationType=DryRun"
    ),
    "lex-runtime": "botName botAlias",
    "lexv2-runtime": "botId botAliasId",
    "location": (
        "TrackerName CalculatorName MapName IndexName=place-index KeyName=api-key "
        "CollectionName=geofence-collection ConsumerArn ResourceArn"
    ),
    "logs": (
        "logGroupName logGroupNames=log-group logGroupIdentifier logGroupIdentifiers=log-group "
        "destinationName deliverySourceName deliveryDestinationName anomalyDetectorArn "
        "resourceArn kmsKeyId=key roleArn ?tags"
    ),
    "macie2": "resourceArn",
    "mediaconvert": "Queue JobTemplate Name Role Arn",
    "medialive": (
        "InputDeviceId ChannelId RoleArn MultiplexId InputId ResourceArn InputSecurityGroupId ReservationId "
        "OfferingId DiscoveryEntryPointArn ClusterId InstanceRoleArn ChannelPlacementGroupId NetworkId "
        "NodeId SdiSourceId"
    ),
    "memorydb": (
        "ClusterNames ClusterName MultiRegionClusterName ParameterGroupName SubnetGroupName SnsTopicArn "
        "SnapshotArns SnapshotName ACLName MultiRegionParameterGroupName ReservationId ResourceArn"
    ),
    "mq": "DataReplicationPrimaryBrokerArn ResourceArn BrokerId ConfigurationId ResourceShareArns",
    "mwaa": "ExecutionRoleArn SourceBucketArn ResourceArn EnvironmentName",
    "neptune": (
        "DBClusterIdentifier DBClusterSnapshotIdentifier "
        "RoleArn SubscriptionName OptionGroupName GlobalClusterIdentifier DBClusterEndpointIdentifier "
        "DBInstanceIdentifier TdeCredentialArn MonitoringRoleArn SnsTopicArn SnapshotIdentifier"
    ),
    "neptune-graph": "graphIdentifier graphName roleArn resourceArn",
    "neptunedata": "neptuneIamRoleArn iamRoleArn sagemakerIamRoleArn",
    "opensearch": (
        "DomainName DataSourceName OpenSearchArns ARN dataSourceArn kmsKeyArn DomainArn applicationId "
        "DomainNames applicationArn"
    ),
    "opensearchserverless": "resourceArn",
    "organizations": "PolicyId OrganizationalUnitId RootId",
    "osis": "PipelineRoleArn PipelineArn PipelineName EndpointId ResourceArn BlueprintName Arn",
    "personalize": (
        "solutionVersionArn filterArn roleArn datasetGroupArn schemaArn datasetArn kmsKeyArn recipeArn "
        "schema solutionArn campaignArn eventTrackerArn metricAttributionArn recommenderArn algorithmArn "
        "batchInferenceJobArn batchSegmentJobArn dataDeletionJobArn datasetExportJobArn datasetImportJobArn "
        "featureTransformationArn resourceArn"
    ),
    "personalize-events": "datasetArn",
    "personalize-runtime": "campaignArn filterArn recommenderArn",
    "pinpoint": "ApplicationId CampaignId JourneyId SegmentId TemplateName ResourceArn",
    "pinpoint-sms-voice-v2": (
        "PoolId ProtectConfigurationId ConfigurationSetName RegistrationId NotifyConfigurationId "
        "OptOutListName RcsAgentId RegistrationAttachmentId ResourceArn ConfigurationSetNames "
        "NotifyConfigurationIds OptOutListNames PoolIds ProtectConfigurationIds RcsAgentIds "
        "RegistrationAttachmentIds RegistrationIds TwoWayChannelArn"
    ),
    "pipes": "Name RoleArn resourceArn",
    "polly": "LexiconNames SnsTopicArn",
    "quicksight": (
        "TopicId KnowledgeBaseIds DataSetId IngestionId IAMIdentityCenterInstanceArn ActionConnectorId "
        "VpcConnectionArn AgentId AnalysisId ThemeArn FolderArns BrandId CustomPermissionsName DashboardId "
        "DlpSettingId FolderId ParentFolderArn GroupName AssignmentName PolicyArn KnowledgeBaseId "
        "DataSourceArn PrimaryOwnerArn Namespace SpaceId TemplateId ThemeId DatasetArn RoleArn AppId "
        "DataSourceId FlowId OAuthClientApplicationId VPCConnectionId AssetBundleExportJobId "
        "AssetBundleImportJobId AutomationGroupId AutomationId AuthorizedResourceArns ResourceArn IamArn "
        "ResourceArns BrandArn"
    ),
    "ram": (
        "resourceShareInvitationArn resourceShareArn resourceArns permissionArn permissionArns "
        "resourceShareArns resourceArn resourceShareInvitationArns fromPermissionArn toPermissionArn"
    ),
    "rds": (
        "DBClusterIdentifier DBSnapshotIdentifier DBClusterSnapshotIdentifier "
        "DBUsername=db-user "
        "RoleArn DBInstanceIdentifier SubscriptionName DBCapacityReservationIdentifier "
        "BlueGreenDeploymentName DBCapacityReservationName OptionGroupName GlobalClusterIdentifier "
        "MonitoringRoleArn DBClusterEndpointIdentifier TdeCredentialArn DomainAuthSecretArn DBProxyName "
        "DBProxyEndpointName SnsTopicArn SourceArn TargetArn IntegrationName BlueGreenDeploymentIdentifier "
        "DBInstanceAutomatedBackupsArn IntegrationIdentifier TargetGroupName DBInstanceIdentifiers "
        "ReservedDBInstanceId ResourceArn AwsBackupRecoveryPointArn S3IngestionRoleArn SnapshotIdentifier "
        "SourceDBInstanceAutomatedBackupsArn SourceDBInstanceArn IamRoleArn"
    ),
    "rds-data": "resourceArn=cluster secretArn=secret dbClusterOrInstanceArn=cluster awsSecretStoreArn=secret",
    "redshift": (
        "DataShareArn ConsumerArn EC2SecurityGroupName ClusterIdentifier SnapshotIdentifier SnapshotArn "
        "DefaultIamRoleArn RedshiftIdcApplicationArn ParameterGroupName CustomDomainCertificateArn "
        "SnsTopicArn HsmClientCertificateIdentifier HsmConfigurationIdentifier SourceArn TargetArn "
        "IntegrationName IdcInstanceArn IamRoleArn SnapshotCopyGrantName ScheduleIdentifier IntegrationArn "
        "Qev2IdcApplicationArn ResourceArn UsageLimitId ProducerArn ClusterIds NamespaceArn "
        "LakehouseIdcApplicationArn"
    ),
    "redshift-data": "ClusterIdentifier WorkgroupName SecretArn",
    "redshift-serverless": (
        "recoveryPointId snapshotName customDomainCertificateArn workgroupName defaultIamRoleArn "
        "namespaceName redshiftIdcApplicationArn roleArn resourceArn workgroupNames snapshotArn sourceArn "
        "namespaceArn lakehouseIdcApplicationArn"
    ),
    "rekognition": (
        "CollectionId ProjectVersionArn ProjectArn ProjectName DatasetArn Name=name ResourceArn "
        "Image.S3Object.Bucket=bucket SourceImage.S3Object.Bucket=bucket "
        "TargetImage.S3Object.Bucket=target-bucket Video.S3Object.Bucket=bucket "
        "NotificationChannel.RoleArn=role"
    ),
    "resource-groups": "TaskArn GroupName Group Arn ResourceArns RoleArn",
    "route53": (
        "HostedZoneId~zone=hosted-zone Id~zone=id HealthCheckId TrafficPolicyId DelegationSetId KeyManagementServiceArn"
    ),
    "route53resolver": (
        "ResolverEndpointId ResolverQueryLogConfigId ResourceId ResolverRuleId FirewallRuleGroupId "
        "FirewallDomainListId OutpostArn DestinationArn FirewallRuleGroupAssociationId Arn ResourceArn"
    ),
    "s3": (
        "Bucket CopySource~copied=source SSEKMSKeyId=key ?VersionId ?ACL ?GrantFullControl ?GrantRead "
        "?GrantReadACP ?GrantWrite ?GrantWriteACP ?Tagging ?TaggingDirective=COPY,REPLACE ?ObjectLockMode "
        "?ObjectLockRetainUntilDate ?ObjectLockLegalHoldStatus ?BypassGovernanceRetention ?FetchOwner "
        "?IfMatch ?Delete.Objects.VersionId ?ObjectLockEnabledForBucket ?ObjectOwnership "
        "?CreateBucketConfiguration.Tags ?ServerSideEncryption=aws:kms,aws:kms:dsse"
    ),
    "s3control": "Bucket Name=name JobId ResourceArn RoleArn ?Tags ",
    "s3tables": "tableBucketARN tableArn resourceArn",
    "s3vectors": "vectorBucketArn indexName vectorBucketName indexArn resourceArn",
    "sagemaker": (
        "SourceArn DestinationArn ResourceArn TrialComponentName TrialName ClusterName ClusterArn "
        "AIBenchmarkJobName RoleArn AIRecommendationJobName AIWorkloadConfigName ActionName AlgorithmName "
        "DomainId AppType AppName AppImageConfigName ArtifactName AutoMLJobName CodeRepositoryName "
        "CompilationJobName ModelPackageVersionArn ContextName DeviceFleetName DomainName "
        "EdgeDeploymentPlanName EdgePackagingJobName EndpointName EndpointConfigName ExecutionRoleArn "
        "ExperimentName FeatureGroupName FlowDefinitionName HubName HubContentType HubContentName "
        "SageMakerPublicHubContentArn HumanTaskUiName HyperParameterTuningJobName ImageName "
        "InferenceComponentName JobName JobCategory LabelingJobName ModelName ModelCardName "
        "ModelPackageName ModelPackageGroupName MonitoringScheduleName NotebookInstanceName "
        "NotebookInstanceLifecycleConfigName OptimizationJobName TrainingPlanArns Arn PipelineName "
        "ProcessingJobName ProjectName SpaceName StudioLifecycleConfigName TrainingJobName TrainingPlanName "
        "TrainingSessionName ModelPackageGroupArn TransformJobName WorkforceName WorkteamName ArtifactArn "
        "ClusterSchedulerConfigId ComputeQuotaId DeviceNames DeviceName ModelCardExportJobArn "
        "PipelineExecutionArn ReservedCapacityArn WorkteamArn TrainingPlanArn "
        "InferenceRecommendationsJobName StartArns HumanTaskUiArn ModelPackageArn PipelineArn"
    ),
    "sagemaker-featurestore-runtime": "FeatureGroupName",
    "sagemaker-runtime": "EndpointName InferenceComponentName",
    "scheduler": "Name=schedule GroupName Target.RoleArn=role ResourceArn KmsKeyArn=key ?Tags",
    "schemas": "SourceArn RegistryName SchemaName DiscovererId ResourceArn",
    "secretsmanager": (
        "SecretId SecretIdList=secret Name=secret KmsKeyId=key RotationLambdaARN=function ?Tags "
        "?AddReplicaRegions ?Filters"
    ),
    "securityhub": (
        "AutomationRulesArns StandardsSubscriptionArns KmsKeyArn ActionTargetArn AggregatorV2Arn "
        "ConnectorId FindingAggregatorArn InsightArn ActionTargetArns HubArn ProductArn "
        "StandardsSubscriptionArn ProductSubscriptionArn InsightArns StandardsArn ResourceArn "
        "StandardsControlArn"
    ),
    "servicecatalog": "PortfolioId PrincipalARN ProductId SourceProductArn NotificationArns ProductName",
    "servicediscovery": "NamespaceId ServiceId NamespaceName ServiceName ResourceARN",
    "ses": (
        "Template TemplateName TemplateArn ConfigurationSetName SourceArn=identity "
        "FromArn=identity ReturnPathArn RuleSetName=rule-set"
    ),
    "sesv2": (
        "Content.Template.TemplateName Content.Template.TemplateArn DefaultContent.Template.TemplateName "
        "DefaultContent.Template.TemplateArn TemplateName ConfigurationSetName "
        "FromEmailAddressIdentityArn=identity ContactListName ResourceArn TenantName"
    ),
    "shield": ("RoleArn ProtectionId HealthCheckArn ResourceArn ProtectionGroupId AttackId ResourceArns ResourceARN"),
    "signer": "profileName jobId profileVersionArn jobArn resourceArn",
    "sns": (
        "TopicArn TargetArn~endpoint=target Name=topic SubscriptionArn~generated=topic "
        "PlatformApplicationArn EndpointArn~endpoint=platform-endpoint ResourceArn ?Tags ?PhoneNumber"
    ),
    "sqs": (
        "QueueUrl QueueName QueueOwnerAWSAccountId=account SourceArn=source-queue "
        "DestinationArn=destination-queue ?tags"
    ),
    "ssm": (
        "Name=parameter Names=parameter Path DocumentName=document InstanceId=instance "
        "InstanceIds=instance ResourceId=resource AssociationId WindowId BaselineId KeyId=key "
        "ServiceRoleArn=role ?Tags ?Targets ?WithDecryption "
        "?ResourceType=Parameter,Document,ManagedInstance,MaintenanceWindow,PatchBaseline,OpsItem,OpsMetadata,Automation,Association"
    ),
    "sso-admin": (
        "InstanceArn PermissionSetArn ManagedPolicyArn ApplicationProviderArn ApplicationArn "
        "TrustedTokenIssuerArn AccountId ResourceArn"
    ),
    "stepfunctions": (
        "stateMachineArn executionArn~generated=execution activityArn stateMachineAliasArn "
        "stateMachineVersionArn mapRunArn~generated=map-run resourceArn roleArn ?tags"
    ),
    "storagegateway": (
        "GatewayARN ResourceARN TapeARN PoolId LocationARN AuditDestinationARN VolumeARN CacheReportARN "
        "SourceVolumeARN TargetARN FileShareARN PoolARN VolumeARNs TapeARNs VTLDeviceARNs "
        "FileSystemAssociationARN PoolARNs GatewayName CloudWatchLogGroupARN VTLDeviceARN"
    ),
    "sts": "RoleArn ?SourceIdentity ?Tags",
    "synthetics": "GroupIdentifier ResourceArn ExecutionRoleArn KmsKeyArn",
    "textract": (
        "AdapterId AdapterVersion Document.S3Object.Bucket=bucket DocumentLocation.S3Object.Bucket=bucket "
        "OutputConfig.S3Bucket=output-bucket NotificationChannel.RoleArn=role ResourceARN"
    ),
    "timestream-query": "ScheduledQueryArn ResourceARN",
    "timestream-write": "DatabaseName TableName ResourceARN",
    "transcribe": (
        "Media.MediaFileUri~bucket=bucket OutputBucketName=output-bucket OutputEncryptionKMSKeyId=key "
        "DataAccessRoleArn VocabularyName VocabularyFilterName ResourceArn TranscriptionJobName ModelName "
        "MedicalTranscriptionJobName CategoryName"
    ),
    "transfer": "ServerId AgreementId CertificateId ConnectorId HostKeyId ProfileId WebAppId WorkflowId Arn",
    "translate": (
        "TerminologyNames ParallelDataNames Name=name InputDataConfig.S3Uri~bucket=bucket "
        "OutputDataConfig.S3Uri~bucket=output-bucket DataAccessRoleArn ResourceArn"
    ),
    "verifiedpermissions": "policyStoreId aliasName resourceArn",
    "vpc-lattice": (
        "destinationArn serviceIdentifier resourceGatewayIdentifier domainVerificationIdentifier "
        "listenerIdentifier certificateArn resourceConfigurationIdentifier serviceNetworkIdentifier "
        "accessLogSubscriptionIdentifier resourceEndpointAssociationIdentifier resourceArn ruleIdentifier "
        "serviceNetworkResourceAssociationIdentifier serviceNetworkServiceAssociationIdentifier "
        "serviceNetworkVpcAssociationIdentifier targetGroupIdentifier"
    ),
    "wafv2": "WebACLArn ResourceArn Name Id WebACLName WebACLId ARN WebAclArn ResourceARN",
    "wisdom": "knowledgeBaseId assistantId assistantAssociationId contentId quickResponseId resourceArn",
    "xray": "GroupName GroupARN RuleName RuleARN ResourceARN ?Tags",
}
