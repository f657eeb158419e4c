"""The developer's commands: `python3 -m dev run`, `test`, `check`, … (`make run` and so on are the same).

Production images leave this folder out. What runs before the virtual environment exists uses the standard library only.
"""
