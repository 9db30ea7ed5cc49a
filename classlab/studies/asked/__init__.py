"""What a study or a training is asked to do: data, models, settings, study files."""
