"""What holds of every command, whatever it is about."""
