"""Models that come from outside as two functions, and codes that go there as tables."""
