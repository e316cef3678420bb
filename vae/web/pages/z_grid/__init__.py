"""The page z-grid."""
