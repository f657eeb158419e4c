"""The house's guards: functions over a tree of source files, so that each can be shown to fail on a broken copy.

Every guard takes the root of a tree and returns what it found, as `Finding`s; an empty list is a pass. Exceptions
stand beside the guard, by file and function, with their reason.
"""
