#ifndef QMODEL_RUNTIME_RECURRENCE_H
#define QMODEL_RUNTIME_RECURRENCE_H

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/activation.h"
#include "runtime/operator.h"

/// What LSTM, GRU and RNN share: directions, layouts, lengths of sequences, and the products of each step.
///
/// A state is held as (hidden, batch), so that gates are contiguous blocks of rows.
namespace qmodel::runtime {

/// One direction of a layer at work.
struct Direction {
    std::int64_t hidden;
    std::int64_t batch;
    const float* r;          ///< (gates * hidden, hidden).
    const float* w_bias;     ///< (gates * hidden), or null.
    const float* r_bias;     ///< Likewise.
    const float* peepholes;  ///< (3 * hidden) in the order i, o, f, or null.
    std::vector<Activation> activations;

    /// Elements of one gate.
    std::int64_t gate() const noexcept { return hidden * batch; }
};

/// Computes one step: from `gates`, which holds W x with the bias of the inputs, (gates * hidden, batch), and may be
/// overwritten, and from the states (hidden, batch), which become the new ones. `product` has the size of `gates`. The
/// bias of the recurrence is not in `gates`.
using Step = void (*)(const Call& call, const Direction& direction, float* gates, float* product, float* h, float* c);

/// What tells one recurrent operator from another.
struct Recurrence {
    std::int64_t gates;
    std::vector<std::string> activations;  ///< Of one direction, when the node names none.
    bool has_cell;                         ///< Whether there is a second state, c, and there are peepholes.
    Step step;
};

/// Runs all directions over all steps. The outputs are Y, the last h and, with a cell, the last c.
std::vector<Array> run_recurrence(Call& call, const Recurrence& recurrence);

/// Throws unsupported for an activation that this reader does not have.
void check_activations(const Attributes& attributes, std::size_t output_count);

/// The attributes that the three operators share.
std::vector<AttributeRule> recurrent_attributes();

/// Adds a bias, where there is one, to each row of (rows, batch).
void add_to_rows(const float* bias, std::int64_t rows, std::int64_t batch, float* matrix);

}  // namespace qmodel::runtime

#endif
