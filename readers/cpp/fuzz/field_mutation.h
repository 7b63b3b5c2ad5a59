#ifndef QMODEL_FUZZ_FIELD_MUTATION_H
#define QMODEL_FUZZ_FIELD_MUTATION_H

#include <google/protobuf/message.h>

#include <random>

/// Changes one number, text or list somewhere in a message, such that it can still be serialized.
void mutate_field(google::protobuf::Message& message, std::mt19937& random);

#endif
