"""What files of the network look like, whoever wrote them."""
