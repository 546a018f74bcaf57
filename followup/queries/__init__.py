"""What the pages of the chase need to see. Never writes."""
