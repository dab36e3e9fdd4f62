"""Many plays: what is learned by playing a suite over and over."""
