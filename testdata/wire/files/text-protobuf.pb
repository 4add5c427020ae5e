blocks {
  idx: 0
  parent_idx: -1
}
