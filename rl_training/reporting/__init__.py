"""What people read: pages, figures, tables and JUnit, made from reports; starts no engine."""
