/* The kernels' algorithm in plain C, for at most 64 outcomes: lattice of reachable outcomes, masks, count.
 *
 * Usage: lattice TABLE REPETITIONS. TABLE is what benchmarks/common.py `write_table` writes, little endian:
 *   int64 n, P, R, K, C;  int64 sizes[n];  int32 outcome[P];  int32 allocation[n][R];  int64 utility[n][K][C]
 * with profiles in C order, agent n-1 fastest. Prints the number of (profile, coalition) pairs that violate strong
 * group strategy-proofness and the seconds of the best repetition, from the table to the count, memory allocated
 * beforehand.
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

/* Patterns in C order: a row of one-bit sets and their union, then every axis whose last type was just finished. */
static void build_reach(const Table *t, uint64_t *restrict reach) {
    int64_t types[MOST_AGENTS] = {0}, last = t->n - 1, inner = t->sizes[last];
    uint64_t *target = reach;
    for (int64_t profile = 0; profile < t->profiles; profile += inner) {
        uint64_t all = 0;
        for (int64_t k = 0; k < inner; k++) {
            target[k] = UINT64_C(1) << t->outcome[profile + k];
            all |= target[k];
        }
        target[inner] = all;
        target += inner + 1;
        for (int64_t i = last - 1; i >= 0; i--) {
            int64_t length = t->strides[i], size = t->sizes[i];
            if (++types[i] < size) break;
            types[i] = 0;
            const uint64_t *source = target - size * length;
            for (int64_t x = 0; x < length; x++) target[x] = source[x];
            for (int64_t k = 1; k < size; k++)
                for (int64_t x = 0; x < length; x++) target[x] |= source[k * length + x];
            target += length;
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

typedef struct {
    uint64_t gained, hit;
    int64_t moved, members, excluded;
} Settled;

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

/* An agent without whom nothing useful is reached is a member; one who accepts nothing useful is not. */
static Settled settle(const Profile *p, int64_t from, int64_t to, uint64_t useful, uint64_t twice, Settled s) {
    for (int64_t i = from; i < to; i++) {
        int64_t must = (useful & p->without[i] & (twice | ~p->strict[i])) == 0, cannot = (useful & p->accept[i]) == 0;
        s.gained |= p->strict[i] & -(uint64_t)must;
        s.hit &= p->accept[i] | -(uint64_t)cannot;
        s.moved += p->step[i] & -must;
        s.members += must;
        s.excluded += cannot;
    }
    return s;
}

/* One row of profiles: only the last agent's type changes, so what concerns the others is kept while it stays the
 * same. If one outcome is good for the members and all who may join, the others are free to join; else the profile is
 * walked. */
static int64_t count_row(const Table *t, const Work *w, Profile *p, const int64_t *first, int64_t profile,
                         int64_t base) {
    int64_t n = t->n, last = n - 1, total = 0, top = t->strides[n] - 1;
    int32_t loaded = -1;
    uint64_t before = 0, once = 0, twice = 0, old_useful = 0, old_both = 0;
    Settled others = {0};
    for (int64_t k = 0; k < t->sizes[last]; k++, profile++) {
        int32_t truthful = t->outcome[profile];
        if (truthful != loaded) {
            loaded = truthful;
            before = w->reach[top], once = twice = old_useful = 0;
            for (int64_t i = 0; i < last; i++) {
                int64_t row = first[i] + t->allocation[i * t->outcomes + truthful];
                p->accept[i] = w->accept[row];
                p->strict[i] = w->strict[row];
                before &= p->accept[i] | p->without[i];
                twice |= once & p->strict[i];
                once |= p->strict[i];
            }
        }
        int64_t row = (last * t->kinds + k) * t->classes + t->allocation[last * t->outcomes + truthful];
        p->accept[last] = w->accept[row];
        p->strict[last] = w->strict[row];
        p->step[last] = t->sizes[last] - k;
        p->without[last] = w->reach[top - p->step[last]];
        uint64_t both = twice | (once & p->strict[last]);
        uint64_t useful = before & (once | p->strict[last]) & (p->accept[last] | p->without[last]);
        if (useful == 0) continue;
        if (useful != old_useful || both != old_both) {
            others = settle(p, 0, last, useful, both, (Settled){.hit = useful});
            old_useful = useful, old_both = both;
        }
        Settled s = settle(p, last, n, useful, both, others);
        if (s.hit & s.gained & w->reach[base + k + s.moved])
            total += INT64_C(1) << (n - s.members - s.excluded);
        else
            total += walk(p, w->reach, n, 0, base + k, UINT64_MAX, 0);
    }
    return total;
}

static int64_t count(const Table *t, const Work *w) {
    int64_t types[MOST_AGENTS] = {0}, first[MOST_AGENTS] = {0}, total = 0, last = t->n - 1;
    Profile p;
    for (int64_t profile = 0; profile < t->profiles; profile += t->sizes[last]) {
        int64_t base = 0;
        for (int64_t i = 0; i < last; i++) {
            first[i] = (i * t->kinds + types[i]) * t->classes;
            p.step[i] = (t->sizes[i] - types[i]) * t->strides[i];
            p.without[i] = w->reach[t->strides[t->n] - 1 - p.step[i]];
            base += types[i] * t->strides[i];
        }
        total += count_row(t, w, &p, first, profile, base);
        for (int64_t i = last - 1; i >= 0; i--) {
            if (++types[i] < t->sizes[i]) break;
            types[i] = 0;
        }
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
