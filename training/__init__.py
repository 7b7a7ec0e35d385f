"""How the shipped reader is made: data in, weights and a model card with measured figures out."""
