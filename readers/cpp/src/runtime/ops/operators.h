#ifndef QMODEL_RUNTIME_OPS_OPERATORS_H
#define QMODEL_RUNTIME_OPS_OPERATORS_H

#include <vector>

#include "runtime/operator.h"

/// The families of operators, one in each source file of this folder.
namespace qmodel::runtime::ops {

std::vector<Operator> activations();
std::vector<Operator> arithmetic();
std::vector<Operator> batch_normalization();
std::vector<Operator> cast();
std::vector<Operator> clip();
std::vector<Operator> concat();
std::vector<Operator> constant();
std::vector<Operator> conv();
std::vector<Operator> dropout();
std::vector<Operator> expand();
std::vector<Operator> gather();
std::vector<Operator> gemm();
std::vector<Operator> global_pools();
std::vector<Operator> gru();
std::vector<Operator> lstm();
std::vector<Operator> matmul();
std::vector<Operator> pad();
std::vector<Operator> pools();
std::vector<Operator> reductions();
std::vector<Operator> rnn();
std::vector<Operator> shape();
std::vector<Operator> slice();
std::vector<Operator> softmax();
std::vector<Operator> transpose();
std::vector<Operator> views();

constexpr std::vector<Operator> (*kFamilies[])() = {activations,  arithmetic, batch_normalization,
                                                    cast,         clip,       concat,
                                                    constant,     conv,       dropout,
                                                    expand,       gather,     gemm,
                                                    global_pools, gru,        lstm,
                                                    matmul,       pad,        pools,
                                                    reductions,   rnn,        shape,
                                                    slice,        softmax,    transpose,
                                                    views};

}  // namespace qmodel::runtime::ops

#endif
