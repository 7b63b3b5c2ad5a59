#include "field_mutation.h"

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::uint64_t interesting_number(std::mt19937& random) {
    static const std::uint64_t numbers[] = {
        0, 1, 2, 3, 7, 8, 16, 63, 64, 255, 256, 1023, 1 << 16, 1ULL << 31, 1ULL << 32, 1ULL << 60, ~0ULL >> 1, ~0ULL};
    return random() % 4 == 0 ? random() : numbers[random() % std::size(numbers)];
}

void set_number(Message& message, const FieldDescriptor* field, std::mt19937& random) {
    const Reflection* reflection = message.GetReflection();
    const std::uint64_t number = interesting_number(random);
    switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_INT32:
            return reflection->SetInt32(&message, field, static_cast<std::int32_t>(number));
        case FieldDescriptor::CPPTYPE_INT64:
            return reflection->SetInt64(&message, field, static_cast<std::int64_t>(number));
        case FieldDescriptor::CPPTYPE_UINT32:
            return reflection->SetUInt32(&message, field, static_cast<std::uint32_t>(number));
        case FieldDescriptor::CPPTYPE_UINT64: return reflection->SetUInt64(&message, field, number);
        case FieldDescriptor::CPPTYPE_FLOAT:
            return reflection->SetFloat(&message, field, static_cast<float>(number) - 1.5F);
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return reflection->SetDouble(&message, field, static_cast<double>(number) - 1.5);
        case FieldDescriptor::CPPTYPE_BOOL: return reflection->SetBool(&message, field, number % 2 == 1);
        case FieldDescriptor::CPPTYPE_ENUM:
            return reflection->SetEnumValue(&message, field, static_cast<int>(number % 300));
        case FieldDescriptor::CPPTYPE_STRING:
            return reflection->SetString(&message, field, std::string(number % 4, static_cast<char>('a' + number % 3)));
        case FieldDescriptor::CPPTYPE_MESSAGE: reflection->MutableMessage(&message, field); return;
    }
}

/// Takes an entry of a list away, repeats one, or exchanges two.
void change_list(Message& message, const FieldDescriptor* field, std::mt19937& random) {
    const Reflection* reflection = message.GetReflection();
    const int size = reflection->FieldSize(message, field);
    if (size == 0) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
            reflection->AddUInt64(&message, field, interesting_number(random));
        }
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) reflection->AddMessage(&message, field);
        return;
    }
    const int one = static_cast<int>(random() % static_cast<unsigned>(size));
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
        return reflection->SetRepeatedUInt64(&message, field, one, interesting_number(random));
    }
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
        const auto number = static_cast<std::int64_t>(interesting_number(random));
        return reflection->SetRepeatedInt64(&message, field, one, number % 5 - 2);
    }
    if (random() % 2 == 0) return reflection->RemoveLast(&message, field);
    reflection->SwapElements(&message, field, one, size - 1);
}

/// The message itself and all below it.
void collect(Message& message, std::vector<Message*>& all) {
    all.push_back(&message);
    const Reflection* reflection = message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
        if (!field->is_repeated()) {
            collect(*reflection->MutableMessage(&message, field), all);
            continue;
        }
        for (int n = 0; n < reflection->FieldSize(message, field); ++n) {
            collect(*reflection->MutableRepeatedMessage(&message, field, n), all);
        }
    }
}

}  // namespace

void mutate_field(Message& message, std::mt19937& random) {
    std::vector<Message*> all;
    collect(message, all);
    Message& chosen = *all[random() % all.size()];
    const auto* descriptor = chosen.GetDescriptor();
    if (descriptor->field_count() == 0) return;
    const FieldDescriptor* field =
        descriptor->field(static_cast<int>(random() % static_cast<unsigned>(descriptor->field_count())));
    if (field->is_repeated()) return change_list(chosen, field, random);
    if (random() % 8 == 0) return chosen.GetReflection()->ClearField(&chosen, field);
    set_number(chosen, field, random);
}
