"""`terraform show -json` and state files: the resources of the azurerm and azapi providers, in ARM's words."""
