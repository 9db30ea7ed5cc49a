/* Work shared among the threads of the OpenMP library that PyTorch has loaded.

   Its threads are there already and sleep between two calls; a second pool would compete with them for the cores.
   Python hands over the library's functions by their addresses; without them everything runs in the calling thread. */

#ifndef CLASSLAB_PARALLEL_H
#define CLASSLAB_PARALLEL_H

#include "structures.h"

struct shared_work {
    void (*part)(void *of, int64_t place); /* computes one part */
    void *of;
    int64_t parts;
    const struct threads *threads;
};

/* The parts of the calling thread; of as many threads as came, which may be fewer than were asked for
   (OMP_THREAD_LIMIT, OMP_DYNAMIC). */
static void own_parts(void *shared) {
    const struct shared_work *w = shared;
    const int64_t me = w->threads->number(), team = w->threads->team();
    for (int64_t place = w->parts * me / team; place < w->parts * (me + 1) / team; place++) w->part(w->of, place);
}

/* Every part is computed the same whoever computes it: results do not depend on the number of threads. */
static void in_parallel(const struct threads *t, void (*part)(void *, int64_t), void *of, int64_t parts) {
    const int64_t threads = t->count < parts ? t->count : parts;
    if (threads < 2 || !t->parallel) {
        for (int64_t place = 0; place < parts; place++) part(of, place);
        return;
    }
    struct shared_work w = {part, of, parts, t};
    t->parallel(own_parts, &w, (unsigned)threads, 0);
}

#endif
