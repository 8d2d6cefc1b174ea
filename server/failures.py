"""What the command line says instead of a traceback."""


class Failure(Exception):  # noqa: N818 - it is what the user is told, and the name under which commands raise it
    """A command cannot do what it was asked; the message is a sentence that names the cause and the way out."""
