"""The web page: a chat over the library, with each answer's sources beside it."""
