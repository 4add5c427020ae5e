// A program that holds each field of the schema that a program can reach, as text protobuf.
#ifndef PDQUANT_TESTS_SUPPORT_FULL_PROGRAM_H_
#define PDQUANT_TESTS_SUPPORT_FULL_PROGRAM_H_

namespace pdquant::testing {

inline constexpr char kFullProgram[] = R"pb(
  blocks {
    idx: 0
    parent_idx: -1
    forward_block_idx: -1
    vars {
      name: "x"
      persistable: true
      need_check_feed: true
      is_parameter: true
      stop_gradient: true
      type {
        type: 7
        selected_rows { data_type: 5 dims: 3 }
        lod_tensor {
          tensor { data_type: 5 dims: -1 dims: 4 }
          lod_level: 1
        }
        tensor_array {
          tensor { data_type: 5 }
          lod_level: 1
        }
        reader { lod_tensor { tensor { data_type: 3 } } }
        tuple { element_type: 5 element_type: 3 }
        string { data_type: 25 }
        strings { data_type: 26 }
        vocab { data_type: 27 }
        sparse_coo { data_type: 5 }
        sparse_csr { data_type: 5 }
      }
      attrs { name: "n" type: 0 i: -5 s: "t" ints: 1 }
    }
    ops {
      inputs { parameter: "X" arguments: "x" arguments: "x" }
      outputs { parameter: "Out" }
      type: "op"
      is_target: true
      attrs { name: "op_role" type: 0 i: 1 }
      attrs { name: "f" type: 1 f: 0.5 }
      attrs { name: "s" type: 2 s: "text" }
      attrs { name: "is" type: 3 ints: 1 ints: -1 }
      attrs { name: "fs" type: 4 floats: 1 }
      attrs { name: "ss" type: 5 strings: "a" }
      attrs { name: "b" type: 6 b: true }
      attrs { name: "bs" type: 7 bools: true }
      attrs { name: "bk" type: 8 block_idx: 1 }
      attrs { name: "l" type: 9 l: 1 }
      attrs { name: "bks" type: 10 blocks_idx: 1 }
      attrs { name: "ls" type: 11 longs: 7 }
      attrs { name: "ds" type: 12 float64s: 1 }
      attrs { name: "v" type: 13 var_name: "x" }
      attrs { name: "vs" type: 14 vars_name: "x" }
      attrs { name: "d" type: 15 float64: 1 }
      attrs {
        name: "sc"
        type: 16
        scalar {
          type: 4
          b: true
          i: 1
          r: 1
          c { r: 1 i: 2 }
        }
      }
      attrs {
        name: "scs"
        type: 17
        scalars { type: 1 b: true }
      }
    }
  }
  op_compatible_map {
    pair {
      op_name: "o"
      compatible_info { version: "1.8" type: 1 }
    }
    default_required_version: "1.6"
  }
  version { version: 2006002 }
  op_version_map {
    pair {
      op_name: "o"
      op_version { version: 1 }
    }
  })pb";

}  // namespace pdquant::testing

#endif  // PDQUANT_TESTS_SUPPORT_FULL_PROGRAM_H_
