"""A library in Milvus, for more articles and more readers than one machine serves; the extra ``scale``."""
