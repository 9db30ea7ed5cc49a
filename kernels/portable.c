/* The kernels for any processor: four floats at a time, in what the compiler makes of its own target.

   Nothing here asks for an instruction that the target may lack. A product and a sum are rounded one by one, where the
   other files' are rounded once: this is the one variant whose bits are its own. */

#define LANES 4

#include <math.h>

#include "vector.h"

INLINE vec all(float x) { return (vec){x, x, x, x}; }
INLINE ints all_ints(int32_t x) { return (ints){x, x, x, x}; }
INLINE vec fmadd(vec a, vec b, vec c) { return a * b + c; }
INLINE vec square_root(vec x) { return (vec){sqrtf(x[0]), sqrtf(x[1]), sqrtf(x[2]), sqrtf(x[3])}; }
INLINE vec choose(mask where, vec a, vec b) { return (vec)((where & (ints)a) | (~where & (ints)b)); }
INLINE vec larger(vec a, vec b) { return choose(less(b, a), a, b); } /* the second where one is NaN, as on x86 */
INLINE vec smaller(vec a, vec b) { return choose(less(a, b), a, b); }
/* By the rounding of a sum whose last place is 1; of numbers well below 2^22, as an exponent's are. */
INLINE vec nearest(vec x) { return (x + all(12582912.0f)) - all(12582912.0f); }
INLINE ints whole(vec x) { return __builtin_convertvector(x, ints); }
INLINE mask negative(vec x) { return (ints)x < all_ints(0); }

#include "four_lanes.h"

typedef int float_mode; /* numbers too small for a normal float stay what they are */
INLINE float_mode flush_tiny(void) { return 0; }
INLINE void restore_mode(float_mode mode) { (void)mode; }

#define KERNELS classlab_portable
#define KERNELS_NAME "DEFAULT"
#include "kernels.h"
