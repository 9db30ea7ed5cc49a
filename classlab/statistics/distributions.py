"""Distribution functions from SciPy, which is loaded when the first of them is wanted.

Loading it takes a third of a second, which a training whose runs nobody compares would spend for nothing.
"""

from __future__ import annotations


def normal(value: float) -> float:
    """Probability that a standard normal variable is at most `value`.

    Example:
        >>> round(normal(1.96), 3)
        0.975
    """
    from scipy.special import ndtr

    return float(ndtr(value))


def normal_quantile(probability: float) -> float:
    """The value that a standard normal variable stays below with a probability.

    Example:
        >>> round(normal_quantile(0.975), 3)
        1.96
    """
    from scipy.special import ndtri

    return float(ndtri(probability))


def student(freedom: float, value: float) -> float:
    """Probability that Student's t is at most `value`.

    Args:
        freedom: degrees of freedom.
        value: where.
    """
    from scipy.special import stdtr

    return float(stdtr(freedom, value))


def student_quantile(freedom: float, probability: float) -> float:
    """The value that Student's t stays below with a probability.

    Args:
        freedom: degrees of freedom.
        probability: in (0, 1).
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))


def chi_square_quantile(freedom: float, probability: float) -> float:
    """The value that chi-squared stays below with a probability.

    Args:
        freedom: degrees of freedom.
        probability: in (0, 1).
    """
    from scipy.special import gammaincinv

    return 2 * float(gammaincinv(freedom / 2, probability))


def noncentral_student(freedom: float, shift: float, value: float) -> float:
    """Probability that the noncentral t is at most `value`.

    Args:
        freedom: degrees of freedom.
        shift: noncentrality.
        value: where.
    """
    from scipy.special import nctdtr

    return float(nctdtr(freedom, shift, value))
