#include <cmath>
#include <cstring>
#include <functional>

#include "given.h"
#include "vectors.h"

namespace conformance {

namespace {

using nlohmann::json;

std::string hexadecimal(const qmodel::Bytes& bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += digits[bytes.data()[i] >> 4];
        text += digits[bytes.data()[i] & 15];
    }
    return text;
}

std::vector<std::uint8_t> bytes_of(const std::string& text) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

/// Whether the bits of a float are those of a NaN: an exponent of ones with a fraction, by the spec's table of types.
bool is_nan(qmodel::ElementType type, const std::uint8_t* element) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, element, static_cast<std::size_t>(qmodel::storage_bytes(type)));
    const auto beyond = [bits](std::uint64_t mask, std::uint64_t infinity) { return (bits & mask) > infinity; };
    switch (type) {
        case qmodel::v1::ELEMENT_TYPE_F64: return beyond(0x7FFFFFFFFFFFFFFF, 0x7FF0000000000000);
        case qmodel::v1::ELEMENT_TYPE_F32: return beyond(0x7FFFFFFF, 0x7F800000);
        case qmodel::v1::ELEMENT_TYPE_F16: return beyond(0x7FFF, 0x7C00);
        case qmodel::v1::ELEMENT_TYPE_BF16: return beyond(0x7FFF, 0x7F80);
        case qmodel::v1::ELEMENT_TYPE_F8E4M3: return beyond(0x7F, 0x7E);
        case qmodel::v1::ELEMENT_TYPE_F8E5M2: return beyond(0x7F, 0x7C);
        case qmodel::v1::ELEMENT_TYPE_E8M0: return bits == 0xFF;
        default: return false;
    }
}

bool is_equal_but_nans(const qmodel::Tensor& found, const std::string& expected) {
    const std::vector<std::uint8_t> bytes = bytes_of(expected);
    const auto size = static_cast<std::size_t>(qmodel::storage_bytes(found.element_type));
    if (bytes.size() != found.storage.size()) return false;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        const std::uint8_t* element = found.storage.data() + at;
        const bool both_nan = is_nan(found.element_type, element) && is_nan(found.element_type, bytes.data() + at);
        if (!both_nan && std::memcmp(element, bytes.data() + at, size) != 0) return false;
    }
    return true;
}

Complaint compare(const std::string& name, const qmodel::Tensor& found, const json& expected) {
    const auto type = expected.at("element_type").get<std::string>();
    if (qmodel::name_of(found.element_type) != type)
        return name + ": element type " + qmodel::name_of(found.element_type);
    if (found.shape != expected.at("shape").get<qmodel::Shape>()) return name + ": another shape";
    const auto values = expected.at("values").get<std::string>();
    const bool is_equal =
        expected.value("nan", "") == "any" ? is_equal_but_nans(found, values) : hexadecimal(found.storage) == values;
    return is_equal
               ? ""
               : name + ": values " + hexadecimal(found.storage).substr(0, 80) + ", expected " + values.substr(0, 80);
}

Complaint compare_floats(const std::string& name, const qmodel::Reader& reader, const qmodel::Tensor& tensor) {
    const std::vector<float> direct = reader.floats(name);
    const std::vector<float> converted = qmodel::to_floats(tensor);
    const bool is_equal =
        direct.size() == converted.size() &&
        (direct.empty() || std::memcmp(direct.data(), converted.data(), direct.size() * sizeof(float)) == 0);
    return is_equal ? "" : name + ": floats() gives other numbers than tensor()";
}

Complaint compare_tensors(const qmodel::Reader& reader, const json& expected) {
    if (reader.tensors().size() != expected.size()) return std::to_string(reader.tensors().size()) + " tensors";
    for (const auto& [name, wanted] : expected.items()) {
        const qmodel::Tensor tensor = reader.tensor(name);
        Complaint complaint = compare(name, tensor, wanted);
        if (complaint.empty()) complaint = compare_floats(name, reader, tensor);
        if (!complaint.empty()) return complaint;
    }
    return "";
}

Complaint compare_metadata(const qmodel::Reader& reader, const json& expected) {
    json found = json::object();
    for (const auto& [key, value] : reader.metadata()) found[key] = value;
    return found == expected ? "" : "another metadata: " + found.dump();
}

Complaint compare_output(const qmodel::GoldenOutput& output, const json& wanted) {
    if (output.name != wanted.at("name")) return "golden output " + output.name;
    const bool has_tolerances = output.absolute_tolerance == wanted.at("absolute_tolerance").get<float>() &&
                                output.relative_tolerance == wanted.at("relative_tolerance").get<float>();
    return has_tolerances ? compare(output.name, output.expected, wanted) : output.name + ": other tolerances";
}

Complaint compare_golden(const qmodel::Reader& reader, const json& expected) {
    const std::vector<qmodel::GoldenSample> samples = reader.golden();
    if (samples.size() != expected.size()) return std::to_string(samples.size()) + " golden samples";
    for (std::size_t number = 0; number < samples.size(); ++number) {
        const qmodel::GoldenSample& sample = samples[number];
        const json& inputs = expected[number].at("inputs");
        const json& outputs = expected[number].at("outputs");
        if (sample.inputs.size() != inputs.size() || sample.outputs.size() != outputs.size()) return "golden values";
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const auto& [name, tensor] = sample.inputs[i];
            const Complaint complaint =
                name == inputs[i].at("name") ? compare(name, tensor, inputs[i]) : "golden input " + name;
            if (!complaint.empty()) return complaint;
        }
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const Complaint complaint = compare_output(sample.outputs[i], outputs[i]);
            if (!complaint.empty()) return complaint;
        }
    }
    return "";
}

Complaint compare_all(const std::filesystem::path& folder, const json& entry) {
    const auto file = entry.at("file").get<std::string>();
    const qmodel::Reader reader = qmodel::Reader::open(folder / file, options_for(folder, entry));
    if (reader.warnings().empty() == entry.value("warns", false)) return "a warning too few or too many";
    std::filesystem::path values = folder / file;
    const json expected = json_of(values.replace_extension(".json"));
    Complaint complaint = compare_tensors(reader, expected.at("tensors"));
    if (complaint.empty()) complaint = compare_metadata(reader, expected.value("metadata", json::object()));
    if (complaint.empty()) complaint = compare_golden(reader, expected.value("golden", json::array()));
    if (complaint.empty()) qmodel::verify(reader);
    return complaint;
}

}  // namespace

Complaint check_valid(const std::filesystem::path& folder, const json& entry) {
    try {
        return compare_all(folder, entry);
    } catch (const qmodel::Error& error) {
        return std::string("refused as ") + qmodel::name_of(error.kind()) + ": " + error.what();
    } catch (const std::exception& error) {
        return std::string("its expected values cannot be read: ") + error.what();
    }
}

}  // namespace conformance
