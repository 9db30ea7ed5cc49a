"""What an analysis says, sentence by sentence."""
