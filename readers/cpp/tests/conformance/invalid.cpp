#include <functional>

#include "given.h"
#include "vectors.h"

namespace conformance {

namespace {

using nlohmann::json;

/// The kind of the error that an action throws; empty: none.
std::string kind_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const qmodel::Error& error) {
        return qmodel::name_of(error.kind());
    }
    return "";
}

Complaint expect(const char* moment, const std::string& found, const std::string& wanted) {
    if (found == wanted) return "";
    return std::string(moment) + (found.empty() ? " accepts it" : " refuses it as " + found) + ", expected " + wanted;
}

}  // namespace

Complaint check_invalid(const std::filesystem::path& folder, const json& entry) {
    const auto wanted = entry.at("kind").get<std::string>();
    const auto at = entry.at("at").get<std::string>();
    const std::filesystem::path path = folder / entry.at("file").get<std::string>();
    const qmodel::Options options = options_for(folder, entry);
    std::unique_ptr<qmodel::Reader> reader;
    const std::string at_opening =
        kind_of([&] { reader = std::make_unique<qmodel::Reader>(qmodel::Reader::open(path, options)); });
    // What is refused on opening need not be looked at any further: all later moments see it.
    if (!reader || at == "open") return expect("opening", at_opening, wanted);
    if (at == "decode") {
        std::string at_decoding;
        for (const qmodel::TensorInfo& info : reader->tensors()) {
            const std::string found = kind_of([&] { reader->tensor(info.name); });
            if (!found.empty() && (at_decoding.empty() || found != wanted)) at_decoding = found;
        }
        const Complaint complaint = expect("decoding", at_decoding, wanted);
        if (!complaint.empty()) return complaint;
    } else if (at != "verify") {
        return "the index has an unknown moment " + at;
    }
    return expect("verifying", kind_of([&] { qmodel::verify(*reader); }), wanted);
}

}  // namespace conformance
