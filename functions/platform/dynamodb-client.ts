// The part of DynamoDB's client that rate limits need. `import()` of the package itself would load all of its operations.
export { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
