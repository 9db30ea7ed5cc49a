"""The steps of the lab as Jupyter notebooks of plain Keras code, the way a course would hand them out."""
