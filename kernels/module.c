/* The library as Python sees it: an importable module without functions. Its file is opened with ctypes. */

#define Py_LIMITED_API 0x030b0000
#include <Python.h>
#include <stdint.h>

/* Raised with every change of a structure or a function: the engine passes by a library that is not its own. */
int64_t classlab_kernels_version(void) { return 2; }

/* Whether this processor has the instructions that the kernels are made of. */
int64_t classlab_kernels_supported(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "classlab_kernels", "Compiled kernels of classlab's engine.", 0, 0, 0, 0, 0, 0};

PyMODINIT_FUNC PyInit_classlab_kernels(void) { return PyModule_Create(&module); }
