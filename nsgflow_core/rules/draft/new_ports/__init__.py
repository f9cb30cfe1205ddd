"""Ports that no list of yesterday's admits: new every day, of one call, or given out until a server starts again."""
