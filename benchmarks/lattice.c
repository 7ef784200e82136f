/* The kernels' algorithm in plain C, for at most 64 outcomes: lattice of reachable outcomes, masks, count.
 *
 * Usage: lattice TABLE REPETITIONS. TABLE is what benchmarks/common.py `write_table` writes, little endian:
 *   int64 n, P, R, K, C;  int64 sizes[n];  int32 outcome[P];  int32 allocation[n][R];  int64 utility[n][K][C]
 * with profiles in C order, agent n-1 fastest. Prints the number of (profile, coalition) pairs that violate strong group
 * strategy-proofness and the seconds of the best repetition, from the table to the count, memory allocated beforehand.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST_AGENTS 16

typedef struct {
    int64_t n, profiles, outcomes, kinds, classes;
    int64_t sizes[MOST_AGENTS], strides[MOST_AGENTS + 1]; /* strides of patterns; the extra entry is their number */
    int32_t *outcome, *allocation;
    int64_t *utility;
} Table;

typedef struct {
    uint64_t *reach, *accept, *strict; /* reach[pattern]; accept and strict [agent][type][allocation] */
    int64_t binomial[MOST_AGENTS + 1][MOST_AGENTS + 1];
} Work;

static void *take(size_t count, size_t size) {
    void *memory = malloc(count * size);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    return memory;
}

static void *read_array(FILE *file, size_t count, size_t size) {
    void *memory = take(count, size);
    if (fread(memory, size, count, file) != count) {
        fprintf(stderr, "the table is too short\n");
        exit(2);
    }
    return memory;
}

static Table read_table(const char *path) {
    Table t;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    int64_t *head = read_array(file, 5, sizeof(int64_t));
    t.n = head[0], t.profiles = head[1], t.outcomes = head[2], t.kinds = head[3], t.classes = head[4];
    free(head);
    if (t.n < 1 || t.n > MOST_AGENTS || t.outcomes > 64) {
        fprintf(stderr, "at most %d agents and 64 outcomes\n", MOST_AGENTS);
        exit(2);
    }
    int64_t *sizes = read_array(file, t.n, sizeof(int64_t));
    int64_t stride = 1;
    for (int64_t i = t.n - 1; i >= 0; i--) {
        t.sizes[i] = sizes[i];
        t.strides[i] = stride;
        stride *= sizes[i] + 1;
    }
    t.strides[t.n] = stride;
    free(sizes);
    t.outcome = read_array(file, t.profiles, sizeof(int32_t));
    t.allocation = read_array(file, t.n * t.outcomes, sizeof(int32_t));
    t.utility = read_array(file, t.n * t.kinds * t.classes, sizeof(int64_t));
    fclose(file);
    return t;
}

static void advance(int64_t *types, const int64_t *sizes, int64_t n) {
    for (int64_t i = n - 1; i >= 0; i--) {
        if (++types[i] < sizes[i]) return;
        types[i] = 0;
    }
}

/* One bit per profile, then, axis by axis, the union over the reports of the agent who is free. */
static void build_reach(const Table *t, uint64_t *restrict reach) {
    int64_t types[MOST_AGENTS] = {0};
    int64_t inner = t->sizes[t->n - 1];
    for (int64_t profile = 0; profile < t->profiles; profile += inner) {
        int64_t pattern = 0;
        for (int64_t i = 0; i < t->n - 1; i++) pattern += types[i] * t->strides[i];
        for (int64_t k = 0; k < inner; k++) reach[pattern + k] = UINT64_C(1) << t->outcome[profile + k];
        advance(types, t->sizes, t->n - 1);
    }
    for (int64_t axis = t->n - 1; axis >= 0; axis--) {
        int64_t blocks = 1, length = t->strides[axis], size = t->sizes[axis];
        for (int64_t i = 0; i < axis; i++) blocks *= t->sizes[i], types[i] = 0;
        for (int64_t b = 0; b < blocks; b++) {
            int64_t first = 0;
            for (int64_t i = 0; i < axis; i++) first += types[i] * t->strides[i];
            uint64_t *restrict target = reach + first + size * length;
            const uint64_t *restrict source = reach + first;
            for (int64_t x = 0; x < length; x++) target[x] = source[x];
            for (int64_t k = 1; k < size; k++)
                for (int64_t x = 0; x < length; x++) target[x] |= source[k * length + x];
            advance(types, t->sizes, axis);
        }
    }
}

static void fill_masks(const Table *t, uint64_t *accept, uint64_t *strict) {
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t k = 0; k < t->sizes[i]; k++) {
            const int64_t *row = t->utility + (i * t->kinds + k) * t->classes;
            for (int64_t c = 0; c < t->classes; c++) {
                uint64_t weak = 0, better = 0;
                for (int64_t o = 0; o < t->outcomes; o++) {
                    int64_t rise = row[t->allocation[i * t->outcomes + o]] - row[c];
                    weak |= (uint64_t)(rise >= 0) << o;
                    better |= (uint64_t)(rise > 0) << o;
                }
                accept[(i * t->kinds + k) * t->classes + c] = weak;
                strict[(i * t->kinds + k) * t->classes + c] = better;
            }
        }
}

typedef struct {
    uint64_t accept[MOST_AGENTS], strict[MOST_AGENTS], without[MOST_AGENTS];
    int64_t step[MOST_AGENTS]; /* from the pattern with the agent's type to the one in which he is free */
} Profile;

/* Violating coalitions of agents j.. added to a coalition that reaches `pattern`, member by member. */
static int64_t walk(const Profile *p, const uint64_t *reach, int64_t n, int64_t j, int64_t pattern, uint64_t accepted,
                    uint64_t gained) {
    int64_t count = 0;
    for (; j < n; j++) {
        uint64_t all = accepted & p->accept[j], some = gained | p->strict[j];
        if (all == 0) continue;
        count += (all & some & reach[pattern + p->step[j]]) != 0;
        count += walk(p, reach, n, j + 1, pattern + p->step[j], all, some);
    }
    return count;
}

/* Violating coalitions at a profile. An agent without whom nothing useful is reached is a member; one who accepts
 * nothing useful is not; if one outcome is good for the members and all who may join, the others are free to join. */
static int64_t settle(const Profile *p, const Work *w, int64_t n, int64_t pattern, uint64_t useful) {
    uint64_t gained = 0, hit = useful;
    int64_t base = pattern, optional = 0;
    for (int64_t i = 0; i < n; i++) {
        if ((useful & p->without[i]) == 0) {
            gained |= p->strict[i];
            hit &= p->accept[i];
            base += p->step[i];
        } else if ((useful & p->accept[i]) != 0) {
            hit &= p->accept[i];
            optional++;
        }
    }
    if (hit & gained & w->reach[base]) return INT64_C(1) << optional;
    return walk(p, w->reach, n, 0, pattern, UINT64_MAX, 0);
}

static int64_t count(const Table *t, const Work *w) {
    int64_t types[MOST_AGENTS] = {0}, total = 0, n = t->n, free_pattern = t->strides[n] - 1;
    Profile p;
    for (int64_t profile = 0; profile < t->profiles; profile++) {
        int32_t truthful = t->outcome[profile];
        uint64_t once = 0, twice = 0;
        int64_t pattern = 0;
        for (int64_t i = 0; i < n; i++) {
            int64_t row = (i * t->kinds + types[i]) * t->classes + t->allocation[i * t->outcomes + truthful];
            p.accept[i] = w->accept[row];
            p.strict[i] = w->strict[row];
            p.step[i] = (t->sizes[i] - types[i]) * t->strides[i];
            p.without[i] = w->reach[free_pattern - p.step[i]];
            twice |= once & p.strict[i];
            once |= p.strict[i];
            pattern += types[i] * t->strides[i];
        }
        uint64_t useful = once & w->reach[free_pattern];
        for (int64_t i = 0; i < n; i++) {
            p.without[i] &= twice | ~p.strict[i];
            useful &= p.accept[i] | p.without[i];
        }
        if (useful) total += settle(&p, w, n, pattern, useful);
        advance(types, t->sizes, n);
    }
    return total;
}

int main(int arguments, char **argument) {
    if (arguments != 3) {
        fprintf(stderr, "usage: lattice TABLE REPETITIONS\n");
        return 2;
    }
    Table t = read_table(argument[1]);
    Work w;
    size_t rows = t.n * t.kinds * t.classes;
    w.reach = take(t.strides[t.n], sizeof(uint64_t));
    w.accept = take(rows, sizeof(uint64_t));
    w.strict = take(rows, sizeof(uint64_t));
    double best = 1e300;
    int64_t found = 0;
    for (int repetition = atoi(argument[2]); repetition > 0; repetition--) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        build_reach(&t, w.reach);
        fill_masks(&t, w.accept, w.strict);
        found = count(&t, &w);
        clock_gettime(CLOCK_MONOTONIC, &after);
        double seconds = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
        if (seconds < best) best = seconds;
    }
    printf("%" PRId64 " %.9f\n", found, best);
    return 0;
}
