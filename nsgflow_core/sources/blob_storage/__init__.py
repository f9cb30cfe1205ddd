"""Flow-log blobs of an Azure storage account: the only source that imports the Azure SDK."""
