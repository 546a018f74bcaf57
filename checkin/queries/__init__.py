"""What pages and programs need to see of tickets, points and people at the point. Never writes."""
