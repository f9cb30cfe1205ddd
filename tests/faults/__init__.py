"""What may go wrong while work is done: kills at every point, full disks, damage, faulty networks, wrong clocks."""
