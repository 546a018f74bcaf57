"""The outbox and the channels it goes to."""
