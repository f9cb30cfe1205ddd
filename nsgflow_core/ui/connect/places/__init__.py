"""Where the logs are, step 1 of Connect: a storage account, a folder, a workspace, the sample; how each is opened."""
