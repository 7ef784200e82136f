/* Strong group strategy-proofness of the second-price auction with even ties, on multisets: the engine's algorithm in C.

   multisets N K: prints the classes (o, c) that violate, the (profile, coalition) pairs they stand for, and seconds. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAXN = 16, MAXK = 16, MAXW = 16, MAXR = 4096 };

static int n, K;
static int64_t rank_table[MAXK + 1][MAXN + 3], choose[40][40];
static int16_t *state;                  /* of each multiset of n reports: top type, and second type or number of ties */
static int states, share_of[MAXK * (MAXK + MAXN)][MAXK];
static int shares;
static int64_t utility[MAXK][MAXR], common;

static int64_t multisets(int k) { return choose[k + K - 1][K - 1]; }

static void list(int k, uint8_t *counts) { /* all multisets of k, in the order of ranks */
    int sums[MAXK + 1] = {0};
    sums[K] = k;
    for (int64_t row = 0;; row++) {
        for (int i = 0; i < K; i++) counts[row * K + i] = sums[i + 1] - sums[i];
        int i = 1;
        while (i < K && sums[i] == sums[i + 1]) i++;
        if (i >= K) return;
        sums[i]++;
        for (int x = 1; x < i; x++) sums[x] = 0;
    }
}

static void build(void) { /* shares: 0 nothing; then (price, ties) of a winner */
    static int number[MAXK][MAXN + 1];
    uint8_t *all = malloc(multisets(n) * K);
    list(n, all);
    state = malloc(multisets(n) * sizeof *state);
    memset(number, -1, sizeof number);
    static int known[MAXK][MAXK + MAXN];
    memset(known, -1, sizeof known);
    common = 1;
    for (int j = 2; j <= n; j++) {
        int64_t a = common, b = j;
        while (b) { int64_t r = a % b; a = b; b = r; }
        common = common / a * j;
    }
    shares = 1;
    for (int64_t q = 0; q < multisets(n); q++) {
        const uint8_t *counts = all + q * K;
        int top = K - 1;
        while (!counts[top]) top--;
        int ties = counts[top], second = top;
        if (ties == 1) { second = top - 1; while (second >= 0 && !counts[second]) second--; }
        int price = second < 0 ? 0 : second, tag = ties > 1 ? K + ties : price;
        if (known[top][tag] < 0) {
            if (number[price][ties] < 0) {
                number[price][ties] = shares;
                for (int t = 0; t < K; t++) utility[t][shares] = common / ties * (t - price);
                shares++;
            }
            known[top][tag] = states;
            for (int t = 0; t < K; t++) share_of[states][t] = t == top ? number[price][ties] : 0;
            states++;
        }
        state[q] = known[top][tag];
    }
    free(all);
}

static int two_shares(const uint8_t *c, const int *truth, int one, int ones, int rest) {
    int first_only = 0, second_only = 0;
    for (int t = 0; t < K; t++) {
        if (!c[t]) continue;
        int64_t before = utility[t][truth[t]];
        int a = utility[t][one] >= before, b = utility[t][0] >= before;
        if (!a && !b) return 0;
        if (!a) second_only += c[t];
        else if (!b) first_only += c[t];
    }
    if (first_only > ones || second_only > rest) return 0;
    for (int t = 0; t < K; t++) {
        if (!c[t]) continue;
        int64_t before = utility[t][truth[t]];
        int a = utility[t][one] >= before, b = utility[t][0] >= before;
        if (ones && utility[t][one] > before && (!b || first_only < ones)) return 1;
        if (rest && utility[t][0] > before && (!a || second_only < rest)) return 1;
    }
    return 0;
}

static void level(int s, uint64_t *classes, uint64_t *pairs) {
    int64_t C = multisets(s), O = multisets(n - s);
    uint8_t *groups = malloc(C * K), *outside = malloc(O * K);
    list(s, groups);
    list(n - s, outside);
    uint8_t *sums = malloc(O * (K + 1));
    for (int64_t o = 0; o < O; o++) {
        int total = 0, changed = 0;
        for (int i = 0; i < K - 1; i++) {
            total += outside[o * K + i];
            sums[o * (K + 1) + i] = total;
            if (!o || sums[(o - 1) * (K + 1) + i] != total) changed = i + 1;
        }
        sums[o * (K + 1) + K] = changed;
    }
    int32_t *index = malloc(C * O * sizeof *index);
    int64_t *starts = malloc((C + 1) * sizeof *starts), capacity = 1 << 16, T = 0;
    int16_t *truths = malloc(capacity * sizeof *truths); /* a state that shows the truth */
    int32_t place[MAXK * (MAXK + MAXN)];
    for (int x = 0; x < states; x++) place[x] = -1;
    int64_t ahead[MAXK + 1] = {0};
    for (int64_t c = 0; c < C; c++) {
        const uint8_t *group = groups + c * K;
        const int64_t *row[MAXK];
        int total = 0;
        starts[c] = T;
        for (int i = 1; i < K; i++) { total += group[i - 1]; row[i] = rank_table[i] + total; }
        for (int64_t o = 0; o < O; o++) {
            const uint8_t *sum = sums + o * (K + 1);
            for (int i = o ? sum[K] : K - 1; i > 0; i--) ahead[i] = ahead[i + 1 > K - 1 ? K : i + 1] + row[i][sum[i - 1]];
            int x = state[ahead[1]];
            if (place[x] < starts[c]) {
                int64_t found = starts[c];
                for (; found < T; found++) {
                    int t = 0;
                    while (t < K && (!group[t] || share_of[truths[found]][t] == share_of[x][t])) t++;
                    if (t == K) break;
                }
                if (found == T) {
                    if (T == capacity) truths = realloc(truths, (capacity *= 2) * sizeof *truths);
                    truths[T++] = x;
                }
                place[x] = found;
            }
            index[c * O + o] = place[x];
        }
    }
    starts[C] = T;
    int32_t *option = malloc(T * sizeof *option);
    int *numbers = malloc(shares * (MAXN + 1) * sizeof *numbers), options = 0, one[MAXW * 64], ones[MAXW * 64];
    memset(numbers, -1, shares * (MAXN + 1) * sizeof *numbers);
    for (int64_t c = 0; c < C; c++)
        for (int64_t x = starts[c]; x < starts[c + 1]; x++) {
            int share = 0, many = 0;
            for (int t = 0; t < K; t++)
                if (groups[c * K + t] && share_of[truths[x]][t]) { share = share_of[truths[x]][t]; many = groups[c * K + t]; }
            int *slot = numbers + share * (MAXN + 1) + many;
            if (*slot < 0) { one[options] = share; ones[options] = many; *slot = options++; }
            option[x] = *slot;
        }
    int W = (options + 63) / 64;
    uint64_t *reach = calloc(O * W, sizeof *reach);
    for (int64_t c = 0; c < C; c++)
        for (int64_t o = 0; o < O; o++) {
            int x = option[index[c * O + o]];
            reach[o * W + (x >> 6)] |= (uint64_t)1 << (x & 63);
        }
    uint64_t *enough = calloc((int64_t)K * shares * (s + 1) * W, sizeof *enough), *better = calloc(K * shares * W, sizeof *better);
    for (int t = 0; t < K; t++)
        for (int r = 0; r < shares; r++)
            for (int x = 0; x < options; x++) {
                int64_t before = utility[t][r];
                int many = (utility[t][one[x]] >= before ? ones[x] : 0) + (utility[t][0] >= before ? s - ones[x] : 0);
                for (int k = 0; k <= many; k++) enough[((t * shares + r) * (int64_t)(s + 1) + k) * W + (x >> 6)] |= (uint64_t)1 << (x & 63);
                if ((ones[x] && utility[t][one[x]] > before) || (ones[x] < s && utility[t][0] > before))
                    better[(t * shares + r) * W + (x >> 6)] |= (uint64_t)1 << (x & 63);
            }
    uint64_t *weight = malloc(O * sizeof *weight), most = 1;
    for (int64_t c = 0; c < C; c++) if ((uint64_t)(starts[c + 1] - starts[c]) > most) most = starts[c + 1] - starts[c];
    uint64_t *yes = malloc(most * W * 8), *unknown = malloc(most * W * 8);
    uint8_t *open = malloc(most);
    for (int64_t o = 0; o < O; o++) {
        int total = 0;
        weight[o] = 1;
        for (int t = 0; t < K; t++) { total += outside[o * K + t]; weight[o] *= choose[total][outside[o * K + t]]; }
    }
    for (int64_t c = 0; c < C; c++) {
        const uint8_t *group = groups + c * K;
        int any = 0;
        for (int64_t x = starts[c]; x < starts[c + 1]; x++) {
            uint64_t *mine = unknown + (x - starts[c]) * W, some[MAXW] = {0}, found = 0;
            memset(mine, 255, W * 8);
            memset(yes + (x - starts[c]) * W, 0, W * 8);
            for (int t = 0; t < K; t++)
                if (group[t]) {
                    int64_t p = t * shares + share_of[truths[x]][t];
                    for (int w = 0; w < W; w++) { mine[w] &= enough[(p * (s + 1) + group[t]) * W + w]; some[w] |= better[p * W + w]; }
                }
            for (int w = 0; w < W; w++) found |= mine[w] &= some[w];
            any |= open[x - starts[c]] = found != 0;
        }
        if (!any) continue;
        uint64_t sum = 0;
        for (int64_t o = 0; o < O; o++) {
            int64_t x = index[c * O + o] - starts[c];
            if (!open[x]) continue;
            int hit = 0;
            for (int w = 0; w < W && !hit; w++) hit = (reach[o * W + w] & yes[x * W + w]) != 0;
            for (int w = 0; w < W && !hit; w++) {
                uint64_t rest = reach[o * W + w] & unknown[x * W + w];
                while (rest && !hit) {
                    int m = 64 * w + __builtin_ctzll(rest);
                    uint64_t bit = rest & -rest;
                    unknown[x * W + w] ^= bit;
                    if (two_shares(group, share_of[truths[starts[c] + x]], one[m], ones[m], s - ones[m])) { yes[x * W + w] |= bit; hit = 1; }
                    rest ^= bit;
                }
            }
            if (hit) { sum += weight[o]; ++*classes; }
        }
        int total = 0;
        for (int t = 0; t < K; t++) { total += group[t]; sum *= choose[total][group[t]]; }
        *pairs += sum * choose[n][s];
    }
    free(groups); free(outside); free(sums); free(index); free(starts); free(truths); free(option); free(numbers);
    free(reach); free(enough); free(better); free(weight); free(yes); free(unknown); free(open);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    n = atoi(argv[1]);
    K = atoi(argv[2]);
    if (n < 1 || n > MAXN || K < 2 || K > MAXK) return 2;
    for (int a = 0; a < 40; a++)
        for (int b = 0; b <= a; b++) choose[a][b] = b == 0 || b == a ? 1 : choose[a - 1][b - 1] + choose[a - 1][b];
    for (int i = 1; i <= K; i++)
        for (int s = 0; s <= n + 1; s++) rank_table[i][s] = s == 0 ? 0 : choose[s + i - 1][i];
    struct timespec start, stop;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    build();
    uint64_t classes = 0, pairs = 0;
    for (int s = 1; s <= n; s++) level(s, &classes, &pairs);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &stop);
    printf("%llu %llu %.3f\n", (unsigned long long)classes, (unsigned long long)pairs,
           stop.tv_sec - start.tv_sec + (stop.tv_nsec - start.tv_nsec) / 1e9);
    return 0;
}
