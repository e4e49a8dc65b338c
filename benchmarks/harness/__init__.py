"""What every benchmark needs: an exchange in processes of its own, a catalogue, leads, and loads."""
