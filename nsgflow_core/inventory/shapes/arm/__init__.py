"""ARM templates, exported or compiled from Bicep: the resources that they would deploy, with values worked out."""
