"""The cell that hands the same images to classlab."""

# %%
from opening import class_names, test_images, test_labels, train_images, train_labels

# %% [markdown]
# ## The same question, asked of classlab

# %%
import classlab

data = classlab.from_arrays(train_images, train_labels, test_images, test_labels, class_names=class_names)
