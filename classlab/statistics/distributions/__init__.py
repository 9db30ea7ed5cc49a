"""Distribution functions and quantiles: the normal, Student's t, plain and noncentral.

Plain Python, for one figure at a time: nothing has to be loaded for the first comparison, and a verdict asks for some
thousands of them at most. Each docstring says how exact its function is; SciPy is the reference in the tests.
"""

from classlab.statistics.distributions.noncentral import noncentral_student
from classlab.statistics.distributions.normal import normal, normal_quantile
from classlab.statistics.distributions.student import student, student_quantile

__all__ = [
    "noncentral_student",
    "normal",
    "normal_quantile",
    "student",
    "student_quantile",
]
