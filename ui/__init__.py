"""The app that `ragkit ui` starts: `main.py` routes, `screens/` compose, `views/` draw from plain data."""
