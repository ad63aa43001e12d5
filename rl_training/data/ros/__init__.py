"""ROS data: bags of ROS 1 and 2, and live topics through rosbridge (docs/data.md)."""
