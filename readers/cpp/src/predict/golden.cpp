#include "predict/golden.h"

#include <iostream>

#include "predict/printable.h"
#include "qmodel/replay.h"

namespace qmodel::predict {

ExitCode replay_and_report(const Reader& reader, const std::string& path) {
    const std::vector<Deviation> deviations = replay(reader);
    for (const Deviation& deviation : deviations) {
        std::cout << printable(path + ": golden sample " + std::to_string(deviation.sample) + ": output '" +
                               deviation.output + "' " + deviation.what)
                  << "\n";
    }
    return deviations.empty() ? kFine : kFindings;
}

}  // namespace qmodel::predict
