"""Codes of more images than one machine encodes at once: shards in Parquet, each written by a job of its own.

A shard is written to a temporary file and renamed when it is whole, so it is there or it is not; a job that
is started again for a shard that is there does nothing. Every image is in exactly one shard.

Symbols: B images of a batch, D latent_dim, N images in all.
"""
