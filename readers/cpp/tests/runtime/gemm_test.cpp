// Holds each kernel of the matrix product against the plain sum, at the edges of tiles and blocks.
#include "runtime/gemm.h"

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

namespace {

using qmodel::runtime::GemmKernel;
using qmodel::runtime::multiply_matrices;

std::vector<float> random_numbers(std::int64_t count, std::mt19937& random) {
    std::vector<float> numbers(static_cast<std::size_t>(count));
    for (float& number : numbers) number = static_cast<float>(random() % 2001) / 1000.0F - 1.0F;
    return numbers;
}

/// Whether the product of random matrices is right, b being given as its transpose.
bool is_right(const GemmKernel& kernel, std::int64_t rows, std::int64_t columns, std::int64_t depth) {
    std::mt19937 random(static_cast<unsigned>(rows * 10007 + columns * 101 + depth));
    const std::vector<float> a = random_numbers(rows * depth, random);
    const std::vector<float> b = random_numbers(columns * depth, random);
    std::vector<float> product(static_cast<std::size_t>(rows * columns), 99.0F);
    multiply_matrices({a.data(), depth, 1}, {b.data(), 1, depth}, rows, columns, depth, product.data(), kernel);
    for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
            double sum = 0.0;
            for (std::int64_t k = 0; k < depth; ++k) {
                sum += static_cast<double>(a[static_cast<std::size_t>(i * depth + k)]) *
                       static_cast<double>(b[static_cast<std::size_t>(j * depth + k)]);
            }
            const double found = static_cast<double>(product[static_cast<std::size_t>(i * columns + j)]);
            if (!(std::fabs(found - sum) <= 1e-6 * static_cast<double>(depth))) return false;
        }
    }
    return true;
}

}  // namespace

int main() {
    int wrong = 0;
    for (const GemmKernel* kernel : {&qmodel::runtime::portable_gemm_kernel(), &qmodel::runtime::best_gemm_kernel()}) {
        for (const std::int64_t rows : {0, 1, 5, 6, 7, 97}) {
            for (const std::int64_t columns : {0, 1, 15, 16, 17, 1030}) {
                for (const std::int64_t depth : {0, 1, 257}) {
                    if (is_right(*kernel, rows, columns, depth)) continue;
                    ++wrong;
                    std::printf("%d x %d tile: %ld x %ld x %ld is wrong\n", kernel->rows, kernel->columns,
                                static_cast<long>(rows), static_cast<long>(columns), static_cast<long>(depth));
                }
            }
        }
    }
    return wrong == 0 ? 0 : 1;
}
