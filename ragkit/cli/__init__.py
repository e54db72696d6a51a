"""The command line: ``main.py`` and one thin file a verb, which parses, calls the room below, and prints."""
