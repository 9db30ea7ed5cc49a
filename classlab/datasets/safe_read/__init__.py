"""Reading of foreign files under limits: size first, then the header, then the shape, then the bytes.

Nothing else in classlab opens arrays, archives or pictures that a user points to, and nothing here runs code that a
file carries.
"""
